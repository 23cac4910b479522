"""Doors for other services' news."""

from serving.webhooks.clerk import router

__all__ = ["router"]
