"""The demonstrations: stories that live through the whole loop in simulated time."""
