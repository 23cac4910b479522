"""Doors where things are bought."""

from serving.checkout.pricing import router

__all__ = ["router"]
