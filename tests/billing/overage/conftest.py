"""The world of these tests."""

from tests.billing.overage.world import world

__all__ = ["world"]
