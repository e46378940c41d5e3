"""The state of the loop: one door hands out model records; tables never leave the room."""
