"""What was paid, refunded and disputed, as Stripe has it."""
