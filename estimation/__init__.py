"""Figures that SQL does not do well: quantiles, their intervals, the cells of a lattice. Pure functions over frames."""
