"""The doors where something is bought once, and the steps that tests of them share."""

from typing import Any

from tests.serving.checkout.shop import Buyer, Shop

CREDITS, BUNDLES, INTENT = "/api/v1/credits/purchase", "/api/v1/bundles/purchase", "/api/v1/create-payment-intent"
LIFETIME = "professional-lifetime"


def opened(buyer: Buyer, path: str, offer: str, **more: Any) -> dict[str, Any]:
    status, told = buyer.post(path, offer=offer, **more)
    assert status == 201, told
    return told


def confirm(shop: Shop, intent: str, card: str = "pm_card_visa") -> None:
    asked: Any = {"payment_method": card}
    shop.stripe.v1.payment_intents.confirm(intent, asked)
