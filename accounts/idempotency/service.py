"""Do what is asked once, however often it is asked with the same key.

A key belongs to the user, for live and test credentials apart: who was cut off may have signed in anew since. An answer
may hold what is shown once, so it is sealed under the person's key, and given only to a credential that may do all that
the first may. Refusals are not kept: they changed nothing, and may be otherwise when asked again. Where nobody knows
whether something was done, the key is good for the same request.
"""

import hashlib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from pydantic import TypeAdapter
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.context import Context
from accounts.errors import Refused
from accounts.idempotency import repository
from accounts.identity import Caller
from accounts.keys.rights import EVERYTHING, Rights, rights_of
from accounts.vault import service as vault

FIELD = "idempotency_keys.answer"
KEPT = timedelta(hours=24)
TAKEN = timedelta(seconds=60)  # longer than a request takes; whoever works on one that long has died


@dataclass(frozen=True)
class Answer:
    """What was answered."""

    status: int
    headers: Mapping[str, str]
    body: str = field(repr=False)


_KEPT = TypeAdapter(tuple[Answer, Rights])  # and what the credential may do that was answered


@dataclass(frozen=True)
class Operation:
    """A key of a user's, what it was sent with, and what the credential may do that sent it. `name` tells it from every
    other, and nothing about it.
    """

    user_id: uuid.UUID
    digest: bytes
    request: bytes
    rights: Rights = EVERYTHING

    @property
    def name(self) -> str:
        """What the same operation is called wherever else it must be done once."""
        return hashlib.sha256(self.digest + self.request).hexdigest()


def operation(context: Context, caller: Caller, key: str, request: bytes) -> Operation:
    """The key as it is kept; `request` is a digest of all that decides what is done."""
    digest = context.secrets.digest("idempotency", f"{caller.user_id} {caller.mode}\n{key}")
    return Operation(caller.user_id, digest, request, rights_of(caller))


async def take(session: AsyncSession, context: Context, asked: Operation) -> Answer | datetime | None:
    """What was answered before; else until when it is the caller's to answer, or None while somebody works on it.

    Raises Refused idempotency-key-reused when the key was first sent with something else, or by a credential that
    may do more.
    """
    now = context.clock()
    until = now + TAKEN
    if await repository.take(session, asked.user_id, asked.digest, asked.request, now, until, now - KEPT):
        return until
    known = await repository.find(session, asked.user_id, asked.digest)
    if known is None:  # given up in between
        return None
    if known.request != asked.request:
        raise Refused("idempotency-key-reused", "The key was sent before, with another request.")
    if known.answer_sealed is None:
        return None
    person = await vault.key_of(session, context.secrets, asked.user_id)
    answer, answered = _KEPT.validate_json(person.open(FIELD, known.answer_sealed))
    if answered.beyond(asked.rights):
        raise Refused("idempotency-key-reused", "The key was sent before, with a credential that may do more.")
    return answer


async def keep(session: AsyncSession, context: Context, asked: Operation, answer: Answer) -> None:
    """Keep what was answered, for whoever asks again."""
    person = await vault.key_of(session, context.secrets, asked.user_id)
    sealed = person.seal(FIELD, _KEPT.dump_json((answer, asked.rights)).decode())
    await repository.answer(session, asked.user_id, asked.digest, answer_sealed=sealed)


async def give_up(session: AsyncSession, asked: Operation, until: datetime) -> None:
    """Let whoever asks again have it done, whatever they ask: nothing was done. Of a hold that is over nothing is
    given up: it is another's by now.
    """
    await repository.give_up(session, asked.user_id, asked.digest, until)


async def let_go(session: AsyncSession, context: Context, asked: Operation, until: datetime) -> None:
    """Let whoever asks the same again find out what was done."""
    await repository.let_go(session, asked.user_id, asked.digest, until, context.clock())


async def forget_old(session: AsyncSession, context: Context) -> None:
    """Remove the keys whose day is over."""
    await repository.forget_before(session, context.clock() - KEPT)
