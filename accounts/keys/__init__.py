"""API keys: `create_key` shows one once, `KeyVerifier` says whose it is."""
