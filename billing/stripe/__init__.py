"""Everything that speaks to Stripe: nobody else does."""
