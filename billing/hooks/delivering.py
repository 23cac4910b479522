"""One delivery: what is sent, and what becomes of it by how it is answered.

It is tried for three days, at longer and longer intervals. An address that answered nothing well for that long is
disabled, and its owner told; so is, at once, one that answers 410 Gone. What is sent twice, because a worker died
between sending and noting so, has the same id twice: receivers drop the second.
"""

import random
import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession
from standardwebhooks import Webhook

from accounts import audit, jobs
from accounts.audit import SYSTEM, Action, Event
from accounts.context import Context
from accounts.mail import service as mail
from accounts.vault import service as vault
from accounts.vault.service import PersonKey
from billing.hooks import repository
from billing.hooks.models import Hook, HookDelivery
from billing.hooks.service import BODY, SECRET, URL

_HOUR = 3_600
WAITS_S = (5, 300, _HOUR // 2, 2 * _HOUR, 5 * _HOUR, 10 * _HOUR, 14 * _HOUR, 19 * _HOUR, 22 * _HOUR)  # three days
PATIENCE = timedelta(days=3)
GONE = 410


@dataclass(frozen=True)
class Letter:
    """A request that is to be sent."""

    url: str = field(repr=False)
    headers: dict[str, str] = field(repr=False)
    body: bytes = field(repr=False)


@dataclass(frozen=True)
class Outcome:
    """How it was answered; without a status, why it was not."""

    status: int | None
    reason: str | None = None

    @property
    def good(self) -> bool:
        """Whether the receiver has it."""
        return self.status is not None and 200 <= self.status < 300


async def begin(session: AsyncSession, context: Context, delivery_id: uuid.UUID) -> Letter | None:
    """The request to send now; None where there is nothing to send any more."""
    delivery = await repository.delivery(session, delivery_id)
    if delivery is None or delivery.state != "waiting":
        return None
    hook = await repository.by_id(session, delivery.hook_id)
    assert hook is not None  # noqa: S101  its deliveries go with it
    if hook.disabled_at is not None:
        delivery.state, delivery.next_at = "dropped", None
        return None
    person, now = await vault.key_of(session, context.secrets, hook.user_id), context.clock()
    body = person.open(BODY, delivery.body_sealed)
    return Letter(person.open(URL, hook.url_sealed), _headers(person, hook, delivery, body, now), body.encode())


async def finish(session: AsyncSession, context: Context, delivery_id: uuid.UUID, outcome: Outcome) -> str:
    """Note what became of it, and what follows; the state of the delivery."""
    delivery = await repository.delivery(session, delivery_id, to_change=True)
    hook = await repository.by_id(session, delivery.hook_id, to_change=True) if delivery else None
    if delivery is None or hook is None or delivery.state != "waiting":
        return "forgotten"
    now = context.clock()
    delivery.attempts += 1
    delivery.status, delivery.reason = outcome.status, outcome.reason
    if outcome.good:
        delivery.state, delivery.delivered_at, delivery.next_at, hook.failing_since = "delivered", now, None, None
        return "delivered"
    hook.failing_since = hook.failing_since or now
    if outcome.status != GONE and delivery.attempts <= len(WAITS_S):
        await _later(session, delivery, now)
        return "waiting"
    delivery.state, delivery.next_at = "failed", None
    if hook.disabled_at is None and (outcome.status == GONE or now - hook.failing_since >= PATIENCE):
        await _disable(session, context, hook, now)
    return "failed"


async def _later(session: AsyncSession, delivery: HookDelivery, now: datetime) -> None:
    """A tenth more by chance, so that what failed together does not come together."""
    wait_s = WAITS_S[delivery.attempts - 1] * random.randint(100, 110) // 100  # noqa: S311
    delivery.next_at = now + timedelta(seconds=wait_s)
    await jobs.defer(session, "hooks.deliver", due_at=delivery.next_at, delivery_id=delivery.id)


async def _disable(session: AsyncSession, context: Context, hook: Hook, now: datetime) -> None:
    hook.disabled_at = now
    await session.flush()
    await audit.record(session, context, Event(Action.HOOK_DISABLED, hook.user_id, SYSTEM, {"hook_id": str(hook.id)}))
    await mail.enqueue(session, context, hook.user_id, "hook_disabled", {"hook": str(hook.id)})


def _headers(person: PersonKey, hook: Hook, delivery: HookDelivery, body: str, now: datetime) -> dict[str, str]:
    """As Standard Webhooks has them: signed by the secret and, while it gives way, by the one before."""
    sealed = [hook.secret_sealed]
    if hook.old_secret_sealed is not None and hook.old_secret_until is not None and now < hook.old_secret_until:
        sealed.append(hook.old_secret_sealed)
    number = f"msg_{delivery.event_id.hex}"
    signed = [Webhook(person.open(SECRET, each)).sign(number, now, body) for each in sealed]
    return {
        "content-type": "application/json",
        "user-agent": "Payband-Webhooks/1",
        "webhook-id": number,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(signed),
    }
