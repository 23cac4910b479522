"""API keys: `service.create_key` shows one once, `KeyProver` says whose it is."""
