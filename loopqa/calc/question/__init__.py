"""From a tally to the questions asked of it: arms, clusters, units, windows."""
