"""What tests of billing share: the database, and people in it."""

from tests.databases import postgres

__all__ = ["postgres"]
