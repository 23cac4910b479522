"""What an occupation pays in a place."""
