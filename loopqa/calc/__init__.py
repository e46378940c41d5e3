"""Pure functions on records and small arrays: no files, clocks or randomness."""
