"""Lock-out: after some failures nobody is let try again for a while, whether the account exists or not."""
