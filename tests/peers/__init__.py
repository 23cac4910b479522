"""Servers that tests talk to over the loopback interface, as the project would talk to the real ones."""
