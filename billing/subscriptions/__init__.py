"""Plans that are paid for period by period: mirrored from Stripe, begun, changed, ended."""
