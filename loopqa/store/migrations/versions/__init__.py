"""One module a version, named r<number>_<what>.py."""
