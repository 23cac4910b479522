"""What closed hours came to, told to Stripe's meter: each once, however often we are stopped.

An event's identifier is made of the hour's row, and Stripe takes no second one with it: for at least a day. Whoever was
stopped between Stripe's answer and our note sends it again, and is told that it is there. Past that day Stripe might
count it twice: then its sum of that very hour is asked for first, of which each event has its own.
"""

from datetime import timedelta
from typing import Any

import structlog
from stripe import InvalidRequestError, StripeClient

from accounts.context import Context
from billing.customers import service as customers
from billing.overage import repository
from billing.overage.catalogue import EVENT, meter_of
from billing.overage.counting import HOUR
from billing.overage.models import OverageHour
from billing.stripe.client import ask
from kit.database import Database
from kit.errors import Permanent

KNOWN_FOR = timedelta(hours=23)  # that Stripe is certain to know an identifier, an hour less than it says
OLDEST = timedelta(days=34)  # that Stripe takes, a day less than it says
AT_ONCE = 500

log = structlog.get_logger(__name__)


async def report(database: Database, context: Context, client: StripeClient) -> None:
    """Tell Stripe what it does not know yet. Raises StripeAway or BadInput; what was told until then stays noted.

    What Stripe refuses stays unreported, and is tried again; it holds up no other, and `payband billing overage` shows
    it.
    """
    async with database.transaction() as session:
        hours = await repository.to_report(session, context.clock() - OLDEST, AT_ONCE)
    for hour in hours:
        try:
            await _report(database, context, client, hour)
        except Permanent as error:
            log.error("overage.refused", hour_id=str(hour.id), error=str(error))


async def _report(database: Database, context: Context, client: StripeClient, hour: OverageHour) -> None:
    now = context.clock()
    async with database.transaction() as session:
        payer = await customers.of_user(session, hour.user_id)
        if payer is None:
            return
        await repository.sent(session, hour.id, now)
    customer, long_ago = payer.stripe_id, hour.sent_at is not None and hour.sent_at < now - KNOWN_FOR
    if not (long_ago and await ask(lambda: _is_there(client, customer, hour))):
        await ask(lambda: _send(client, customer, hour))
    async with database.transaction() as session:
        await repository.reported(session, hour.id, context.clock())


def _send(client: StripeClient, customer: str, hour: OverageHour) -> None:
    """At the hour's last second: so it falls into the month, and into a subscription that began within the hour."""
    last = int((hour.hour + HOUR).timestamp()) - 1
    payload = {"stripe_customer_id": customer, "value": str(hour.above)}
    asked: Any = {"event_name": EVENT, "identifier": f"payband-{hour.id}", "timestamp": last, "payload": payload}
    try:
        client.v1.billing.meter_events.create(asked)
    except InvalidRequestError as error:
        # Stripe names no code of its own for this in every version
        if error.code != "duplicate_meter_event" and "already exists with identifier" not in str(error):
            raise


def _is_there(client: StripeClient, customer: str, hour: OverageHour) -> bool:
    start = int(hour.hour.timestamp())
    asked: Any = {"customer": customer, "start_time": start, "end_time": start + int(HOUR.total_seconds())}
    sums = client.v1.billing.meters.event_summaries.list(meter_of(client), asked).data
    return any(each.aggregated_value > 0 for each in sums)
