"""One folder a source kind: what it asks for, and what it makes of the answers. No connector knows of another."""
