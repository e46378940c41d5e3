"""A first workspace from somebody's own data file."""
