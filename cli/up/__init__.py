"""What `payband up` starts, in which order, and what it says."""
