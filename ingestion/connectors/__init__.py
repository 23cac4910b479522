"""One folder a source kind: what it asks for, and what it makes of the answers. Connectors know nothing of each other."""
