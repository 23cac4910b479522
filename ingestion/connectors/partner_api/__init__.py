"""Pay statistics from partners' APIs: see README.md."""
