"""What the pipeline's schedules have done by billing, and all that they may know of it. `url` is the worker's role."""

import asyncio
from datetime import timedelta

from accounts.context import Context, context_of
from accounts.settings import AccountSettings
from billing.reconciling import LOOKED_BACK, Report, reconcile
from billing.settings import BillingSettings
from billing.stripe.client import client_of
from kit.database import Database
from kit.settings import read


def sells() -> bool:
    """Whether this installation sells anything."""
    return read(BillingSettings).stripe_api_key is not None


def reconcile_now(url: str, context: Context | None = None, looked_back: timedelta = LOOKED_BACK) -> Report:
    """Hold what is mirrored against what Stripe has. Raises StripeAway, and BadInput for a key that is not good."""
    known, client = context or context_of(read(AccountSettings)), client_of(read(BillingSettings))

    async def work() -> Report:
        database = Database(url, pool_size=1)
        try:
            return await reconcile(database, known, client, looked_back)
        finally:
            await database.close()

    return asyncio.run(work())
