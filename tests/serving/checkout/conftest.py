"""What tests of buying share."""

from tests.serving.checkout.shop import running, shop

__all__ = ["running", "shop"]
