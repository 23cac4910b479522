"""The HTTP doors over one release."""
