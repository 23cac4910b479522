"""The peer with those who act on their own: time, buyers, banks, cardholders."""

from datetime import timedelta

from tests.peers.stripe import buying, clock, disputes, pages
from tests.peers.stripe.peer import Object, Peer


class StripePeer(Peer):
    """What tests hold; each of these is one action, safe beside requests."""

    def advance(self, *, to: int | None = None, **by: float) -> None:
        """Move the clock to a moment in seconds since 1970, or by `days=`, `hours=` …; all that falls due happens."""
        clock.advance(self, self.now + int(timedelta(**by).total_seconds()) if to is None else to)

    def complete(
        self, session: str, card: str = "pm_card_visa", *, email: str | None = None, confirmed: bool = False
    ) -> None:
        """Pay on the page of a checkout session. Raises Refusal when the card is declined; the session stays open."""
        with self.lock:
            buying.complete(self, self.get("checkout.session", session), card, email, confirmed=confirmed)

    def authenticate(self, intent: str, *, confirmed: bool = True) -> None:
        """Answer the bank's question of a payment or setup intent that waits for it. Raises KeyError for no intent."""
        with self.lock:
            pages.answer(self, self.objects[intent], confirmed=confirmed)

    def roll_secret(self, endpoint: str, *, overlap: bool = True) -> str:
        """Another secret for a webhook endpoint; with `overlap` events are signed with the last one too."""
        with self.lock:
            found = self.get("webhook_endpoint", endpoint)
            found["_secrets"] = [*(found["_secrets"][-1:] if overlap else []), self.secret("whsec")]
            return str(found["_secrets"][-1])

    def dispute(self, charge: str, reason: str = "fraudulent") -> Object:
        """Take the money of a charge back."""
        with self.lock:
            return self.render(disputes.open_one(self, self.get("charge", charge), reason))
