"""Sessions: short-lived access tokens that anybody can check by the public keys, refresh tokens that are used once."""
