"""A process that ticks by itself: its clock, its signs of life, and how it ends."""
