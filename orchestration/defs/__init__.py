"""Every definition, by step; `orchestration.definitions` puts them together."""
