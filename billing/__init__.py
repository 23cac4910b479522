"""Plans, subscriptions, credits and licences."""
