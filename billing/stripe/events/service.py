"""What can be done with events: verify one that claims to come from Stripe, keep it once, work on it, replay it.

To work on an event is to read what it is about, and to have its mirror written (billing.stripe.mirrors). A lock for
each object sees to it that what was read first is written first.
"""

import re
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError
from sqlalchemy.ext.asyncio import AsyncSession
from stripe import SignatureVerificationError, StripeClient, WebhookSignature

from accounts import jobs
from accounts.context import Context
from accounts.errors import Refused
from accounts.jobs.registry import TASKS
from accounts.jobs.retrying import may_pass
from accounts.jobs.words import reason_of
from billing.stripe import mirrors
from billing.stripe.events import repository
from billing.stripe.mirrors import MIRRORS
from kit.database import Database
from kit.errors import BadInput
from kit.identifiers import uuid7

TASK = "stripe.mirror"
TOLERANCE_S = 300
KEPT = timedelta(days=90)
LATEST_S = 253_402_300_799  # the end of the year 9999
TIME = re.compile(r"t=([0-9]{1,12})")


class Data(BaseModel):
    """The object that an event tells of."""

    model_config = ConfigDict(extra="ignore")

    object: dict[str, object]


class Event(BaseModel):
    """As much of an event as is taken from it."""

    model_config = ConfigDict(extra="ignore")

    id: str = Field(pattern=r"^[!-~]{1,255}$")
    object: str = Field(pattern="^event$")
    type: str = Field(pattern=r"^[!-~]{1,255}$")
    created: int = Field(ge=0, le=LATEST_S)
    data: Data


def verified(secrets: Sequence[SecretStr], body: bytes, header: str, now: datetime) -> Event:
    """The event, if it was signed by one of the secrets, not long ago. Raises Refused: not-found where there is no
    secret, invalid-signature, stale-signature, malformed-body.
    """
    if not secrets:
        raise Refused("not-found", "This installation takes no webhooks of Stripe.")
    signed_at = _time_of(header)
    if signed_at is None or not any(_signed(secret.get_secret_value(), body, header) for secret in secrets):
        raise Refused("invalid-signature", "The webhook's signature is missing or wrong.")
    if abs(now.timestamp() - signed_at) > TOLERANCE_S:
        raise Refused("stale-signature", f"The webhook was not signed within the last {TOLERANCE_S} seconds.")
    try:
        return Event.model_validate_json(body)
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['type']}" for fault in error.errors()[:5])
        raise Refused("malformed-body", f"This is no event that we know: {faults}") from None


async def receive(session: AsyncSession, context: Context, events: Sequence[Event]) -> list[bool]:
    """Keep events and have them worked on; of each whether it is new, or was received before."""
    rows = [_row(context, event.id, event.type, mirrors.subject(event.data.object), event.created) for event in events]
    new = await _keep(session, rows)
    return [row["id"] in new for row in rows]


async def look_again(
    session: AsyncSession, context: Context, kind: str, object_id: str, because: str = "payband.look_again"
) -> None:
    """Have an object of MIRRORS read anew, as if Stripe had told of it; `because` is the event's kind."""
    now = context.clock()
    name = f"payband_{uuid7(now)}"
    await _keep(session, [_row(context, name, because, (kind, object_id), int(now.timestamp()))])


async def work_on(database: Database, context: Context, client: StripeClient, id: uuid.UUID) -> str:
    """Read what the event is about and write its mirror; what became of it. Raises what made that fail, noted."""
    async with database.transaction() as session:
        event = await repository.by_id(session, id)
        if event is None or event.state != "received" or event.object_id is None:
            return "forgotten" if event is None else event.state
        answered = await repository.waiting(session, event.object_id)
    try:
        found = await mirrors.read(client, event.object, event.object_id)
        async with database.transaction() as session:
            await MIRRORS[event.object].write(session, context, found)
            await repository.finish(session, answered, context.clock())
    except Exception as error:
        parked = not may_pass(error) or event.attempts + 1 >= TASKS[TASK].attempts
        async with database.transaction() as session:
            await repository.fail(session, id, reason_of(error), context.clock(), parked=parked)
        raise
    return "done"


async def replay(session: AsyncSession, event_id: str) -> None:
    """Work on an event again, whatever became of it. Raises BadInput for one that is not here or has no mirror."""
    event = await repository.by_event_id(session, event_id)
    if event is None:
        raise BadInput(f"there is no event {event_id}: it was never received, or done long ago and is forgotten")
    if event.object not in MIRRORS or event.object_id is None:
        raise BadInput(f"nothing is kept of {event.object or 'what it is about'}: there is nothing to replay")
    await repository.again(session, event.id)
    await jobs.defer(session, TASK, lock=_lock(event.object_id), event_id=event.id)


async def forget_old(session: AsyncSession, context: Context) -> None:
    """Remove events that were done long ago: what Stripe sends again it sends within days."""
    await repository.forget_before(session, context.clock() - KEPT)


def _row(context: Context, event_id: str, type: str, subject: tuple[str, str | None], created: int) -> dict[str, Any]:
    kind, object_id = subject
    now, ours = context.clock(), kind in MIRRORS and object_id is not None
    values = {"id": uuid7(now), "event_id": event_id, "kind": type, "object": kind, "object_id": object_id}
    values |= {"created_at": datetime.fromtimestamp(created, UTC), "received_at": now, "attempts": 0}
    return values | {"state": "received" if ours else "done", "ended_at": None if ours else now}


async def _keep(session: AsyncSession, rows: Sequence[dict[str, Any]]) -> set[uuid.UUID]:
    """Which of them are new; those with a mirror have a job each."""
    new = await repository.add(session, rows)
    wanted = [row for row in rows if row["id"] in new and row["state"] == "received"]
    if wanted:
        await jobs.defer_all(session, TASK, [(_lock(row["object_id"]), {"event_id": row["id"]}) for row in wanted])
    return new


def _lock(object_id: str) -> str:
    return f"stripe:{object_id}"


def _time_of(header: str) -> int | None:
    """When it was signed: told once and in digits alone, or what is verified might be another time than we read."""
    times = [each for each in header.split(",") if each.partition("=")[0] == "t"]
    found = TIME.fullmatch(times[0]) if len(times) == 1 else None
    return None if found is None else int(found[1])


def _signed(secret: str, body: bytes, header: str) -> bool:
    """The age is looked at by the caller, by our own clock."""
    try:
        return WebhookSignature.verify_header(body, header, secret)
    except (SignatureVerificationError, ValueError):  # the latter for a body that is no text
        return False
