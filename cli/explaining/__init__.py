"""What `payband explain` reads and shows."""
