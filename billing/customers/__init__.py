"""Who pays: each user's one customer in Stripe."""
