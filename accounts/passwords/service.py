"""Choose a new password: with the old one, or with a link in a mail."""

import uuid

from sqlalchemy.ext.asyncio import AsyncSession

from accounts import audit
from accounts.audit import Action, Actor, Event
from accounts.context import Context
from accounts.errors import Refused
from accounts.lockout import service as lockout
from accounts.lockout.service import Counted, Subject
from accounts.mail.service import enqueue
from accounts.one_time import service as one_time
from accounts.passwords import rules
from accounts.sessions import service as sessions
from accounts.sign_in.by_password import at_account
from accounts.users import letters, repository
from accounts.users.service import email_of


async def ask_reset(session: AsyncSession, context: Context, email: str) -> None:
    """Send a link to whoever has this address; nothing tells whether anybody has."""
    asked = Action.PASSWORD_RESET_ASKED
    await letters.send_link_to(session, context, email, "reset_password", "reset-password", asked)


async def check_reset(session: AsyncSession, context: Context, token: str, password: str) -> None:
    """Whether `reset` would be done, before the work of hashing. Raises Refused (invalid-link, weak-password)."""
    shown = await one_time.look(session, context, token, "reset_password")
    rules.accept(password, await email_of(session, context, shown.user_id))


async def reset(session: AsyncSession, context: Context, token: str, password_hash: str) -> uuid.UUID:
    """Set the password and end every session; whose it was. Raises Refused (invalid-link).

    Who could read the mail has the address, and is let try again at once.
    """
    shown = await one_time.redeem(session, context, token, "reset_password")
    user_id, now = shown.user_id, context.clock()
    await repository.change(session, user_id, password_hash=password_hash, email_verified_at=now)
    await sessions.end_other_sessions(session, context, user_id, "password_reset")
    await lockout.forgive(session, context, at_account(await email_of(session, context, user_id)))
    await _tell(session, context, user_id, Action.PASSWORD_RESET)
    return user_id


async def begin_proof(session: AsyncSession, context: Context, user_id: uuid.UUID) -> tuple[Counted, str]:
    """Count an attempt of a signed-in user to prove their password, and give what is kept of it.

    Raises Refused (locked-out; no-password for an account that has none).
    """
    counted = await lockout.count(session, context, Subject("password", str(user_id)))
    user = await repository.by_id(session, user_id)
    if user is None or user.password_hash is None:
        raise Refused("no-password", "This account has no password yet: ask for one at forgot-password.")
    return counted, user.password_hash


async def change(
    session: AsyncSession, context: Context, user_id: uuid.UUID, before: str, after: str, keep: uuid.UUID | None
) -> None:
    """Replace the hash `before`, whose password was proved, by `after`, and end every session but `keep`.

    Raises Refused (wrong-password) when the password was changed in between.
    """
    if not await repository.replace_password(session, user_id, before, after):
        raise Refused("wrong-password", "The password was changed at this moment.")
    await sessions.end_other_sessions(session, context, user_id, "password_changed", keep)
    await _tell(session, context, user_id, Action.PASSWORD_CHANGED)


async def _tell(session: AsyncSession, context: Context, user_id: uuid.UUID, action: Action) -> None:
    """What was sent before is good no more, and the person hears of it."""
    await one_time.use_up(session, context, user_id)
    told = {"at": letters.moment(context.clock()), "link": letters.page_of(context, "forgot-password")}
    await enqueue(session, context, user_id, "password_changed", told)
    await audit.record(session, context, Event(action, user_id, Actor("user", user_id)))
