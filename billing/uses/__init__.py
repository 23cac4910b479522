"""What was used of priced services, and how it was paid: by a plan, by a quota of it, or by credits."""
