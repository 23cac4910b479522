"""What the pipeline's schedules have done by billing, and all that they may know of it. `url` is the worker's role."""

import asyncio

from accounts.context import context_of
from accounts.settings import AccountSettings
from billing.reconciling import Report, reconcile
from billing.settings import BillingSettings
from billing.stripe.client import client_of
from kit.database import Database
from kit.settings import read


def sells() -> bool:
    """Whether this installation sells anything."""
    return read(BillingSettings).stripe_api_key is not None


def reconcile_now(url: str) -> Report:
    """Hold what is mirrored against what Stripe has. Raises StripeAway, and BadInput for a key that is not good."""

    async def work() -> Report:
        database = Database(url, pool_size=1)
        try:
            return await reconcile(database, context_of(read(AccountSettings)), client_of(read(BillingSettings)))
        finally:
            await database.close()

    return asyncio.run(work())
