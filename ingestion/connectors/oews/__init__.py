"""Occupational Employment and Wage Statistics: see README.md."""
