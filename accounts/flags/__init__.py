"""What is let out to some before it is let out to all, and can be taken back without a new version."""
