"""What SQL does not do well: intervals, quantiles, shrinkage. Pure functions over frames."""
