"""Which occupations and places have figures."""
