"""Enrol an authenticator app, confirm it with its first code, check codes, take it away.

A code is good once: whoever reads it over a shoulder is too late. It may be one step of 30 seconds early or late.
"""

import secrets
import uuid
from typing import NamedTuple

import pyotp
from pyotp.utils import strings_equal
from sqlalchemy.ext.asyncio import AsyncSession

from accounts import audit
from accounts.audit import Action, Actor, Event
from accounts.context import Context
from accounts.errors import Refused
from accounts.mail.service import enqueue
from accounts.second_factor import repository
from accounts.second_factor.models import RecoveryCode, SecondFactor
from accounts.users import letters
from accounts.users import repository as users
from accounts.vault import service as vault

SECRET = "second_factors.secret"  # noqa: S105  the field that a secret is sealed for
STEP_S = 30
DRIFT = (0, -1, 1)
CODES = 10
ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"  # nothing that is read for something else
CODE = 10  # characters of a recovery code: 49 bits, behind the lock-out
ISSUER = "Payband"


class Enrolment(NamedTuple):
    """What an app needs: the secret as base32 and as the address that a QR code holds."""

    secret: str
    uri: str


async def enrol(session: AsyncSession, context: Context, user_id: uuid.UUID, label: str) -> Enrolment:
    """A new secret, which counts once it is confirmed; one that was not confirmed is forgotten.

    Raises Refused (second-factor-on) when there is a confirmed one.
    """
    await users.lock(session, user_id)
    if await enabled(session, user_id):
        raise Refused("second-factor-on", "There is a second factor already: disable it before you enrol another.")
    await repository.remove(session, user_id)
    secret = pyotp.random_base32()
    person = await vault.key_of(session, context.secrets, user_id)
    sealed = person.seal(SECRET, secret)
    session.add(SecondFactor(user_id=user_id, secret_sealed=sealed, created_at=context.clock(), last_step=0))
    await session.flush()
    return Enrolment(secret, pyotp.TOTP(secret).provisioning_uri(name=label, issuer_name=ISSUER))


async def confirm(session: AsyncSession, context: Context, user_id: uuid.UUID, code: str) -> list[str] | None:
    """The recovery codes of an app that is now asked for; None for a wrong code.

    Raises Refused (second-factor-on) when that was done before, (no-second-factor) when none was enrolled.
    """
    row = await repository.of_user(session, user_id)
    if row is None:
        raise Refused("no-second-factor", "Enrol an authenticator app first.")
    if row.confirmed_at is not None:
        raise Refused("second-factor-on", "The second factor is confirmed already.")
    if not await _take(session, context, row, code):
        return None
    await repository.confirm(session, user_id, context.clock())
    await _tell(session, context, user_id, Action.SECOND_FACTOR_ENABLED, "switched on")
    return await new_codes(session, context, user_id)


async def check(session: AsyncSession, context: Context, user_id: uuid.UUID, code: str) -> bool:
    """Whether it is a good code of the app, or a recovery code; it is used up by that.

    Raises Refused (no-second-factor) when there is no second factor.
    """
    row = await repository.of_user(session, user_id)
    if row is None or row.confirmed_at is None:
        raise Refused("no-second-factor", "There is no second factor on this account.")
    if await _take(session, context, row, code):
        return True
    taken = await repository.take_code(session, _digest(context, user_id, code), context.clock())
    if taken:
        left = {"count": await repository.codes_left(session, user_id)}
        await audit.record(session, context, Event(Action.RECOVERY_CODE_USED, user_id, Actor("user", user_id), left))
    return taken


async def enabled(session: AsyncSession, user_id: uuid.UUID) -> bool:
    """Whether a sign-in asks for a code."""
    row = await repository.of_user(session, user_id)
    return row is not None and row.confirmed_at is not None


async def disable(session: AsyncSession, context: Context, user_id: uuid.UUID) -> None:
    """Forget the app and its recovery codes."""
    await repository.remove(session, user_id)
    await _tell(session, context, user_id, Action.SECOND_FACTOR_DISABLED, "switched off")


async def new_codes(session: AsyncSession, context: Context, user_id: uuid.UUID) -> list[str]:
    """Ten recovery codes, which cannot be had again; the ones before are good no more."""
    await users.lock(session, user_id)
    await repository.remove_codes(session, user_id)
    codes = ["".join(secrets.choice(ALPHABET) for _ in range(CODE)) for _ in range(CODES)]
    now = context.clock()
    session.add_all(
        RecoveryCode(digest=_digest(context, user_id, code), user_id=user_id, created_at=now) for code in codes
    )
    await session.flush()
    return [f"{code[: CODE // 2]}-{code[CODE // 2 :]}" for code in codes]


async def _take(session: AsyncSession, context: Context, row: SecondFactor, code: str) -> bool:
    person = await vault.key_of(session, context.secrets, row.user_id)
    totp = pyotp.TOTP(person.open(SECRET, row.secret_sealed))
    now = int(context.clock().timestamp()) // STEP_S
    given = _bare(code)
    found = [now + drift for drift in DRIFT if strings_equal(totp.at((now + drift) * STEP_S), given)]
    return bool(found) and await repository.take_step(session, row.user_id, max(found))


async def _tell(session: AsyncSession, context: Context, user_id: uuid.UUID, action: Action, change: str) -> None:
    told = {
        "at": letters.moment(context.clock()),
        "change": change,
        "link": letters.page_of(context, "forgot-password"),
    }
    await enqueue(session, context, user_id, "second_factor_changed", told)
    await audit.record(session, context, Event(action, user_id, Actor("user", user_id)))


def _digest(context: Context, user_id: uuid.UUID, code: str) -> bytes:
    return context.secrets.digest("recovery_codes", f"{user_id}:{_bare(code)}")


def _bare(code: str) -> str:
    """A code as it is compared: people write spaces and dashes where they see groups."""
    return "".join(code.split()).replace("-", "").lower()
