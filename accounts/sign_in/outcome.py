"""What a sign-in comes to, once the first thing is proved."""

import uuid
from dataclasses import dataclass, field

from sqlalchemy.ext.asyncio import AsyncSession

from accounts.context import Context
from accounts.one_time import service as one_time
from accounts.second_factor import service as second_factor
from accounts.sessions import service as sessions
from accounts.sessions.service import MAY_SIGN_IN, Device, Tokens
from accounts.users import repository as users


@dataclass(frozen=True)
class Challenge:
    """A code of the second factor is to be shown with this token, within so many seconds."""

    token: str = field(repr=False)
    expires_s: int


@dataclass(frozen=True)
class Denied:
    """Nobody is signed in; what was counted on the way is to be kept, so this is an answer and no exception."""

    code: str
    detail: str


SUSPENDED = Denied("account-suspended", "This account may not be used. Write to whoever runs this installation.")
Outcome = Tokens | Challenge | Denied


async def first_proved(session: AsyncSession, context: Context, user_id: uuid.UUID, device: Device) -> Outcome:
    """Go on with a user who has proved who they are; the transaction is for them."""
    user = await users.by_id(session, user_id)
    if user is None or user.status not in MAY_SIGN_IN:
        return SUSPENDED
    if user.email_verified_at is None and user.email_digest is not None:  # who comes by another provider may have none
        return Denied("email-not-verified", "Confirm your e-mail address first: the link is in the mail we sent.")
    if await second_factor.enabled(session, user_id):
        issued = await one_time.issue(session, context, user_id, "second_factor")
        return Challenge(issued.text, int((issued.until - context.clock()).total_seconds()))
    return await sessions.open_session(session, context, user_id, device)
