"""Data sets as files: see README.md."""
