"""From counts to scores: indicator, dimension, rater, blend, composite."""
