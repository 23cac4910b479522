"""Accounts are tested on a real PostgreSQL."""

from tests.databases import postgres

__all__ = ["postgres"]
