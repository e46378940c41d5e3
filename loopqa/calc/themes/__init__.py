"""Comments in words and counts: what is said more often where scores are low."""
