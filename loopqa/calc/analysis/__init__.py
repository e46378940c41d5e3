"""Where a shortfall sits and what goes along with it: slices, drivers, importance and score."""
