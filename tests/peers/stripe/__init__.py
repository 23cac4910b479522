"""A stand-in for Stripe on 127.0.0.1 that the unmodified `stripe` library talks to, with real state in memory.

Shapes are those of the API version that the library pins; tests/contracts/stripe sees to it. What is not in the
table of `routes.py`, and each parameter that a route does not declare, is refused as Stripe refuses it.
"""

from tests.peers.stripe.actors import StripePeer
from tests.peers.stripe.errors import Refusal
from tests.peers.stripe.peer import VERSION
from tests.peers.stripe.server import stripe_peer

__all__ = ["VERSION", "Refusal", "StripePeer", "stripe_peer"]
