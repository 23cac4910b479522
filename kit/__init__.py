"""Domain-free tools: imports nothing of ours."""
