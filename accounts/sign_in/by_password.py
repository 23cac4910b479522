"""Sign in by password, in three steps: count the attempt, check the password, go on.

The check takes a tenth of a second and much memory, so it is made between two transactions and holds no connection.
An address that nobody has goes the same way and costs the same work.
"""

import uuid
from dataclasses import dataclass, field

from sqlalchemy.ext.asyncio import AsyncSession

from accounts import audit
from accounts.audit import Action, Event
from accounts.context import Context
from accounts.lockout import service as lockout
from accounts.lockout.service import Counted, Subject
from accounts.sessions.service import Device
from accounts.sign_in.outcome import Denied, Outcome, first_proved
from accounts.users import repository as users
from accounts.users.addresses import digest_of
from kit.database import act_for


@dataclass(frozen=True)
class Attempt:
    """An attempt that was counted; `user_id` is None where nobody has the address."""

    email: str = field(repr=False)
    counted: Counted = field(repr=False)
    user_id: uuid.UUID | None
    kept: str | None = field(repr=False)


@dataclass(frozen=True)
class Proof:
    """Whether the password was right; `renewed` is its hash with the parameters of now, where those have changed."""

    good: bool
    renewed: str | None = field(default=None, repr=False)


async def begin(session: AsyncSession, context: Context, email: str, client: str) -> Attempt:
    """Count an attempt at this account from this client. Raises Refused (locked-out)."""
    counted = await lockout.count(session, context, from_client(client), at_account(email))
    found = await users.credentials(session, digest_of(context.secrets, email))
    return Attempt(email, counted, *((found.user_id, found.password_hash) if found else (None, None)))


async def prove(context: Context, attempt: Attempt, password: str) -> Proof:
    """Check the password; outside of any transaction. Raises Refused (busy)."""
    good = await context.hasher.check(attempt.kept, password)
    if good and attempt.kept is not None and context.hasher.outdated(attempt.kept):
        return Proof(good, await context.hasher.hash(password))
    return Proof(good)


async def finish(session: AsyncSession, context: Context, attempt: Attempt, proof: Proof, device: Device) -> Outcome:
    """Go on after a right password, which takes the failures before it away."""
    if not proof.good or attempt.user_id is None or attempt.kept is None:
        told = {"email": attempt.email, "address": device.address, "kind": "password"}
        await audit.record(session, context, Event(Action.SESSION_REFUSED, attempt.user_id, detail=told))
        return Denied("sign-in-failed", "The e-mail address or the password is wrong.")
    await act_for(session, attempt.user_id)
    if not await users.replace_password(session, attempt.user_id, attempt.kept, proof.renewed or attempt.kept):
        return Denied("sign-in-failed", "The password was changed at this moment.")
    await lockout.succeeded(session, context, attempt.counted)
    await lockout.forgive(session, context, attempt.counted.subjects[1])
    return await first_proved(session, context, attempt.user_id, device)


def at_account(email: str) -> Subject:
    """Attempts at an account, by its address: there need not be one."""
    return Subject("account", email.lower())


def from_client(client: str) -> Subject:
    """Attempts from where a client asks: an IPv4 address or an IPv6 network."""
    return Subject("client", client)
