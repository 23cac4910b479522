"""Sign in by a link in a mail."""

from sqlalchemy.ext.asyncio import AsyncSession

from accounts.audit import Action
from accounts.context import Context
from accounts.one_time import service as one_time
from accounts.sessions.service import Device
from accounts.sign_in.outcome import Outcome, first_proved
from accounts.users import letters
from accounts.users.registering import address_proved


async def ask(session: AsyncSession, context: Context, email: str) -> None:
    """Send a link to whoever has this address; nothing tells whether anybody has."""
    await letters.send_link_to(session, context, email, "magic_link", "sign-in", Action.MAGIC_LINK_ASKED)


async def redeem(session: AsyncSession, context: Context, token: str, device: Device) -> Outcome:
    """Go on with whoever had the mail. Raises Refused (invalid-link)."""
    shown = await one_time.redeem(session, context, token, "magic_link")
    await address_proved(session, context, shown.user_id)
    return await first_proved(session, context, shown.user_id, device)
