"""The rules of the loop: which state follows which, and calendar arithmetic."""
