"""Become a user: register, and prove that the address is one's own.

Whoever registers is told the same whether the address is taken or not; the difference stands in the mail.
"""

import uuid

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from accounts import audit
from accounts.audit import Action, Actor, Event
from accounts.context import Context
from accounts.errors import Refused
from accounts.mail.service import enqueue
from accounts.one_time import service as one_time
from accounts.users import letters, repository
from accounts.users.addresses import digest_of
from accounts.users.models import User
from accounts.users.service import EMAIL, NAME, create_user
from accounts.vault import service as vault


async def register(session: AsyncSession, context: Context, email: str, password_hash: str, name: str | None) -> None:
    """A new user who has to confirm the address, or a mail to whoever has it already.

    An account that was registered and never confirmed takes the new password: nobody has used the old one, and the
    link that was sent with it is good no more.
    """
    user = await _made(session, context, email)
    if user is None:
        user_id = await letters.reader(session, context, email)
        user = await repository.by_id(session, user_id) if user_id is not None else None
        if user is None:
            return
        if user.email_verified_at is not None or user.password_hash is None:
            link = {"link": letters.page_of(context, "forgot-password")}
            await enqueue(session, context, user.id, "already_registered", link)
            return
    person = await vault.key_of(session, context.secrets, user.id)
    user.password_hash = password_hash
    user.name_sealed = person.seal(NAME, name) if name else None
    await session.flush()
    await audit.record(session, context, Event(Action.USER_REGISTERED, user.id, detail={"email": email}))
    await _ask_to_confirm(session, context, user.id)


async def ask_again(session: AsyncSession, context: Context, email: str) -> None:
    """Send the mail anew to somebody who has not confirmed yet; nothing tells whether there is anybody."""
    user_id = await letters.reader(session, context, email)
    user = await repository.by_id(session, user_id) if user_id is not None else None
    if user is not None and user.email_verified_at is None and user.password_hash is not None:
        await _ask_to_confirm(session, context, user.id)


async def confirm_address(session: AsyncSession, context: Context, token: str) -> uuid.UUID:
    """The address is confirmed, or replaced by the one that the token was sent to; whose it is.

    Raises Refused (invalid-link; address-taken when somebody else has it by now).
    """
    shown = await one_time.redeem(session, context, token, "verify_email", "change_email")
    if not shown.payload:
        await repository.change(session, shown.user_id, email_verified_at=context.clock())
        await _record(session, context, Action.EMAIL_VERIFIED, shown.user_id)
        return shown.user_id
    await _move(session, context, shown.user_id, shown.payload)
    return shown.user_id


async def ask_to_move(session: AsyncSession, context: Context, user_id: uuid.UUID, email: str) -> None:
    """Send a link to another address, which becomes the user's once the link is used.

    Says nothing of whether it is taken, or was sent too many mails.
    """
    may = await letters.may_be_sent(session, context, email)
    if may and await repository.id_by_email(session, digest_of(context.secrets, email)) is None:
        issued = await one_time.issue(session, context, user_id, "change_email", email)
        await letters.send_link(session, context, user_id, "verify_email", "verify-email", issued, to=email)


async def address_proved(session: AsyncSession, context: Context, user_id: uuid.UUID) -> None:
    """The user has read a mail to their address, or another provider says so.

    A password from before that may be a stranger's who registered with the address first: it is forgotten.
    """
    user = await repository.by_id(session, user_id)
    if user is not None and user.email_verified_at is None:
        await repository.change(session, user_id, email_verified_at=context.clock(), password_hash=None)
        await _record(session, context, Action.EMAIL_VERIFIED, user_id)


async def _made(session: AsyncSession, context: Context, email: str) -> User | None:
    """The new user; None when the address is taken."""
    if await repository.id_by_email(session, digest_of(context.secrets, email)) is not None:
        return None
    try:
        async with session.begin_nested():
            return await create_user(session, context, email)
    except IntegrityError:  # by somebody who registered at the same moment
        return None


async def _ask_to_confirm(session: AsyncSession, context: Context, user_id: uuid.UUID) -> None:
    issued = await one_time.issue(session, context, user_id, "verify_email")
    await letters.send_link(session, context, user_id, "verify_email", "verify-email", issued)


async def _move(session: AsyncSession, context: Context, user_id: uuid.UUID, email: str) -> None:
    now = context.clock()
    await enqueue(session, context, user_id, "email_changed", {"at": letters.moment(now)})  # to the address it was
    person = await vault.key_of(session, context.secrets, user_id)
    moved = {"email_digest": digest_of(context.secrets, email), "email_sealed": person.seal(EMAIL, email)}
    try:
        async with session.begin_nested():
            await repository.change(session, user_id, email_verified_at=now, **moved)
    except IntegrityError:
        raise Refused("address-taken", "Somebody else has this address by now.") from None
    await one_time.use_up(session, context, user_id, "reset_password", "magic_link")
    await _record(session, context, Action.EMAIL_CHANGED, user_id, email=email)


async def _record(session: AsyncSession, context: Context, action: Action, user_id: uuid.UUID, **told: str) -> None:
    await audit.record(session, context, Event(action, user_id, Actor("user", user_id), told))
