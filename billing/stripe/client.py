"""The library's client, as the settings have it."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import TypeVar

import stripe
from stripe import RequestsClient, StripeClient

from billing.settings import BillingSettings
from kit.errors import BadInput, Permanent, Retriable

RETRIES = 2  # by the library itself, with one idempotency key for each call
TIMEOUT_S = 15.0  # for an answer: all tries together end before whoever asked has gone
Answer = TypeVar("Answer")


class StripeAway(Retriable):
    """Stripe does not answer, or not now."""


class NotSetUp(BadInput):
    """Stripe lacks something that this installation was to bring there: a key that it knows, or what is sold."""


def client_of(settings: BillingSettings) -> StripeClient:
    """The client. Raises BadInput where there is no key."""
    if settings.stripe_api_key is None:
        raise BadInput("PAYBAND_STRIPE_API_KEY is not set: Stripe's secret key for this installation")
    return _client(settings.stripe_api_key.get_secret_value(), settings.stripe_api_base)


@cache
def _client(key: str, base: str | None) -> StripeClient:
    """One for each process: it keeps connections."""
    http = RequestsClient(timeout=TIMEOUT_S)
    return StripeClient(
        key, max_network_retries=RETRIES, base_addresses={"api": base} if base else {}, http_client=http
    )


@contextmanager
def asking() -> Iterator[None]:
    """What Stripe refuses is Permanent, what may pass StripeAway; neither tells the key."""
    try:
        yield
    except stripe.AuthenticationError:
        raise NotSetUp("Stripe does not know the key in PAYBAND_STRIPE_API_KEY") from None
    except stripe.PermissionError:
        raise NotSetUp("Stripe lets the key in PAYBAND_STRIPE_API_KEY do too little") from None
    except (stripe.APIConnectionError, stripe.RateLimitError) as error:
        raise StripeAway(f"Stripe does not answer ({type(error).__name__})", retry_after_s=5) from error
    except stripe.StripeError as error:
        if error.http_status is not None and error.http_status >= 500:
            raise StripeAway(f"Stripe answers {error.http_status}", retry_after_s=5) from error
        raise Permanent(f"Stripe refuses it: {error.user_message or error}") from error


async def ask(call: Callable[[], Answer]) -> Answer:
    """What Stripe answers, in a thread of its own. Never inside a transaction: the answer may take long.

    Raises StripeAway, Permanent or BadInput.
    """

    def answered() -> Answer:
        with asking():
            return call()

    return await asyncio.to_thread(answered)
