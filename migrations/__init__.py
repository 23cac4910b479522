"""Alembic's history of the one application database."""
