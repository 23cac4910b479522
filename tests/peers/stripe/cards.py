"""Stripe's test cards, and what each of them does."""

from dataclasses import dataclass
from typing import Literal

from tests.peers.stripe.errors import Refusal

MESSAGES = {
    "card_declined": "Your card was declined.",
    "insufficient_funds": "Your card has insufficient funds.",
    "expired_card": "Your card has expired.",
    "incorrect_cvc": "Your card's security code is incorrect.",
    "processing_error": "An error occurred while processing your card. Try again in a little bit.",
    "authentication_required": "Your card was declined. This transaction requires authentication.",
}


@dataclass(frozen=True)
class Card:
    """`declines` is a decline code; `authenticates` says when the holder must confirm by 3-D Secure."""

    number: str
    declines: str | None = None
    authenticates: Literal["never", "always", "until_set_up"] = "never"
    attaches: bool = True
    disputes: bool = False
    refunds: Literal["at_once", "late", "never"] = "at_once"  # never: a refund succeeds and fails after all
    brand: str = "visa"


CARDS = {
    "visa": Card("4242424242424242"),
    "mastercard": Card("5555555555554444", brand="mastercard"),
    "visa_chargeDeclined": Card("4000000000000002", declines="generic_decline", attaches=False),
    "visa_chargeDeclinedInsufficientFunds": Card("4000000000009995", declines="insufficient_funds", attaches=False),
    "chargeDeclinedExpiredCard": Card("4000000000000069", declines="expired_card", attaches=False),
    "chargeDeclinedIncorrectCvc": Card("4000000000000127", declines="incorrect_cvc", attaches=False),
    "chargeDeclinedProcessingError": Card("4000000000000119", declines="processing_error", attaches=False),
    "chargeCustomerFail": Card("4000000000000341", declines="generic_decline"),
    "authenticationRequired": Card("4000002760003184", authenticates="always"),
    "authenticationRequiredOnSetup": Card("4000002500003155", authenticates="until_set_up"),
    "authenticationRequiredChargeDeclinedInsufficientFunds": Card(
        "4000008260003178", declines="insufficient_funds", authenticates="always"
    ),
    "createDispute": Card("4000000000000259", disputes=True),
    "pendingRefund": Card("4000000000007726", refunds="late"),
    "refundFail": Card("4000000000005126", refunds="never"),
}
# payment methods and tokens that stand for a card: pm_card_visa, tok_visa
NAMES = CARDS | {
    "chargeDeclined": CARDS["visa_chargeDeclined"],
    "chargeDeclinedInsufficientFunds": CARDS["visa_chargeDeclinedInsufficientFunds"],
}
NUMBERS = {card.number: card for card in CARDS.values()}


def named(name: str) -> Card | None:
    """The card of `pm_card_visa` or `tok_visa`."""
    for prefix in ("pm_card_", "tok_"):
        if name.startswith(prefix):
            return NAMES.get(name.removeprefix(prefix))
    return None


def decline(reason: str) -> Refusal:
    """The refusal for a decline code; what a bank does not tell apart is `card_declined`."""
    plain = {"expired_card", "incorrect_cvc", "processing_error", "authentication_required"}
    code = reason if reason in plain else "card_declined"
    message = MESSAGES.get(reason, MESSAGES["card_declined"])
    return Refusal(402, "card_error", message, code=code, decline_code=reason)
