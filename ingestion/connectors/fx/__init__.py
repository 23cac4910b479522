"""Exchange rates: see README.md."""
