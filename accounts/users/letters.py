"""The mails about an account: to whom one may be sent, and links with a token in them.

A token stands behind the # of a link, which no browser sends on and no server writes down.
"""

import uuid
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy.ext.asyncio import AsyncSession

from accounts import audit
from accounts.audit import Action, Event
from accounts.context import Context
from accounts.lockout import service as lockout
from accounts.lockout.service import Subject
from accounts.mail.service import enqueue
from accounts.one_time import service as one_time
from accounts.one_time.service import Issued
from accounts.sessions.service import MAY_SIGN_IN
from accounts.users import repository
from accounts.users.addresses import digest_of
from kit.database import act_for

MOST, WINDOW = 5, timedelta(hours=1)  # mails that strangers can have sent to one address


async def reader(session: AsyncSession, context: Context, email: str) -> uuid.UUID | None:
    """The user to whom a mail may be sent that anybody can ask for; None where there is none, or too many were sent.

    The transaction is for them from here on: what is done in it reaches their mailbox and nobody else.
    """
    may = await may_be_sent(session, context, email)
    user_id = await repository.id_by_email(session, digest_of(context.secrets, email))
    if not may or user_id is None:
        return None
    await act_for(session, user_id)
    user = await repository.by_id(session, user_id)
    return user_id if user is not None and user.status in MAY_SIGN_IN else None


async def may_be_sent(session: AsyncSession, context: Context, email: str) -> bool:
    """Count a mail to this address that somebody asks for; whether it is one of the few that are sent."""
    return await lockout.within(session, context, Subject("mail", email.lower()), MOST, WINDOW)


async def send_link_to(
    session: AsyncSession,
    context: Context,
    email: str,
    kind: Literal["reset_password", "magic_link"],
    page: str,
    asked: Action,
) -> None:
    """Send a link to whoever has this address, and record that it was `asked`; nothing tells whether anybody has."""
    user_id = await reader(session, context, email)
    if user_id is not None:
        await send_link(session, context, user_id, kind, page, await one_time.issue(session, context, user_id, kind))
        await audit.record(session, context, Event(asked, user_id))


async def send_link(
    session: AsyncSession,
    context: Context,
    user_id: uuid.UUID,
    kind: str,
    page: str,
    issued: Issued,
    to: str | None = None,
) -> None:
    """A mail with a link that carries the token."""
    told = {"link": f"{page_of(context, page)}#token={issued.text}", "until": moment(issued.until)}
    await enqueue(session, context, user_id, kind, told, to=to)


def page_of(context: Context, page: str) -> str:
    """The address of one of the pages for people who are not signed in."""
    return f"{context.settings.public_url.rstrip('/')}/account/{page}"


def moment(when: datetime) -> str:
    """A time as mails say it."""
    return when.strftime("%Y-%m-%d %H:%M UTC")
