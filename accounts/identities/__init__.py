"""Who a credential belongs to, known in memory and forgotten the moment that changes."""
