"""The second half of a sign-in: a code of the second factor."""

import uuid

from sqlalchemy.ext.asyncio import AsyncSession

from accounts import audit
from accounts.audit import Action, Event
from accounts.context import Context
from accounts.lockout import service as lockout
from accounts.lockout.service import Subject
from accounts.one_time import service as one_time
from accounts.second_factor import service as second_factor
from accounts.sessions import service as sessions
from accounts.sessions.service import MAY_SIGN_IN, Device, Tokens
from accounts.sign_in.by_password import from_client
from accounts.sign_in.outcome import SUSPENDED, Denied
from accounts.users import repository as users


async def proved(session: AsyncSession, context: Context, user_id: uuid.UUID, code: str) -> bool:
    """Whether somebody who is signed in shows a good code; counted as at sign-in. Raises Refused (locked-out)."""
    counted = await lockout.count(session, context, _guesses(user_id))
    if not await second_factor.check(session, context, user_id, code):
        return False
    await lockout.succeeded(session, context, counted)
    return True


async def finish(
    session: AsyncSession, context: Context, token: str, code: str, client: str, device: Device
) -> Tokens | Denied:
    """A session for the token of a challenge and a good code. Raises Refused (invalid-link, locked-out).

    A wrong code counts, and leaves the token good.
    """
    shown = await one_time.look(session, context, token, "second_factor")
    guesses = _guesses(shown.user_id)
    counted = await lockout.count(session, context, from_client(client), guesses)
    if not await second_factor.check(session, context, shown.user_id, code):
        told = {"address": device.address, "kind": "second_factor"}
        await audit.record(session, context, Event(Action.SESSION_REFUSED, shown.user_id, detail=told))
        return Denied("wrong-code", "The code is wrong, was used, or is over.")
    await one_time.redeem(session, context, token, "second_factor")
    await lockout.succeeded(session, context, counted)
    await lockout.forgive(session, context, guesses)
    user = await users.by_id(session, shown.user_id)
    if user is None or user.status not in MAY_SIGN_IN:
        return SUSPENDED
    return await sessions.open_session(session, context, shown.user_id, device)


def _guesses(user_id: uuid.UUID) -> Subject:
    return Subject("second_factor", str(user_id))
