"""What Stripe tells us by webhooks: kept once, and answered by reading anew what it is about."""
