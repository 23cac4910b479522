"""What a subscriber can be told of: one entry here, and a call of billing.hooks.service.tell where it happens."""

KINDS: dict[str, str] = {
    "ping": "Sent when you ask for a test",
    "credits.low": "Few credits are left; `available`, `reserved`, and the `threshold` that they fell under",
    "licence.revoked": "A licence of yours is good no more; `licence_id`, and its `policy`",
    "subscription.changed": (
        "Your plan, its `state` (active, trialing, grace, lapsed, free), its end `until`, or whether it `renews` then"
    ),
    "release.published": "New figures are current; `release` is their id",
}
ASKED_FOR = tuple(kind for kind in KINDS if kind != "ping")  # a ping comes to everyone who asks for one
