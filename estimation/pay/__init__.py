"""Pay cells: weights, percentiles and intervals, dispersion, and the ladder that thin cells climb."""
