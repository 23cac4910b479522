"""What a figure was in each release, and why it changed."""
