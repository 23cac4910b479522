"""The library's client, as the settings have it."""

from collections.abc import Iterator
from contextlib import contextmanager

import stripe
from stripe import StripeClient

from billing.settings import BillingSettings
from kit.errors import BadInput, Permanent, Retriable

RETRIES = 2  # by the library itself, with one idempotency key for each call


def client_of(settings: BillingSettings) -> StripeClient:
    """The client. Raises BadInput where there is no key."""
    if settings.stripe_api_key is None:
        raise BadInput("PAYBAND_STRIPE_API_KEY is not set: Stripe's secret key for this installation")
    key, base = settings.stripe_api_key.get_secret_value(), settings.stripe_api_base
    return StripeClient(key, max_network_retries=RETRIES, base_addresses={"api": base} if base else {})


@contextmanager
def asking() -> Iterator[None]:
    """What Stripe refuses is Permanent, what may pass Retriable; neither tells the key."""
    try:
        yield
    except stripe.AuthenticationError:
        raise BadInput("Stripe does not know the key in PAYBAND_STRIPE_API_KEY") from None
    except (stripe.APIConnectionError, stripe.RateLimitError) as error:
        raise Retriable(f"Stripe does not answer ({type(error).__name__})", retry_after_s=5) from error
    except stripe.StripeError as error:
        if error.http_status is not None and error.http_status >= 500:
            raise Retriable(f"Stripe answers {error.http_status}", retry_after_s=5) from error
        raise Permanent(f"Stripe refuses it: {error.user_message or error}") from error
