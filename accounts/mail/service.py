"""Write to a user: in the caller's transaction a sealed letter and a job, in the job one message on its way out."""

import json
import uuid
from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from accounts import jobs
from accounts.context import Context
from accounts.mail import repository
from accounts.mail.messages import Message
from accounts.mail.models import Mail
from accounts.mail.outbox import Outbox
from accounts.mail.templates import rendered
from accounts.users import repository as users
from accounts.users.service import EMAIL
from accounts.vault import service as vault
from kit.errors import Permanent
from kit.identifiers import uuid7

ADDRESS, LETTER = "mails.address", "mails.letter"


async def enqueue(
    session: AsyncSession,
    context: Context,
    user_id: uuid.UUID,
    kind: str,
    fields: Mapping[str, str],
    *,
    to: str | None = None,
) -> uuid.UUID:
    """Write a mail of this kind (accounts.mail.templates) to the user's own address, or `to` another of theirs.

    It is sent once this transaction is committed. Raises ValueError for fields that the kind does not have, Permanent
    when the user has no address, Erased when the person was erased.
    """
    subject, text = rendered(kind, fields)
    key = await vault.key_of(session, context.secrets, user_id)
    if to is None:
        user = await users.by_id(session, user_id)
        if user is None or user.email_sealed is None:
            raise Permanent(f"user {user_id} has no address to write to")
        to = key.open(EMAIL, user.email_sealed)
    now = context.clock()
    mail = Mail(id=uuid7(now), user_id=user_id, kind=kind, state="waiting", created_at=now)
    mail.address_sealed = key.seal(ADDRESS, to)
    mail.letter_sealed = key.seal(LETTER, json.dumps([subject, text]))
    session.add(mail)
    await session.flush()
    await jobs.defer(session, "mail.send", mail_id=mail.id)
    return mail.id


async def send(session: AsyncSession, context: Context, outbox: Outbox, mail_id: uuid.UUID) -> Permanent | None:
    """Send a mail that was not sent yet, and forget what it said; returns why the way out refuses it for good.

    The row is locked until the transaction ends, so that two who try at once do not both send. Raises Retriable, and
    then nothing is changed.
    """
    mail = await repository.take(session, mail_id)
    if mail is None or mail.letter_sealed is None or mail.address_sealed is None:
        return None  # sent before, or its user is gone
    try:
        key = await vault.key_of(session, context.secrets, mail.user_id)
    except vault.Erased:
        _wipe(mail, "dropped")
        return None
    subject, text = json.loads(key.open(LETTER, mail.letter_sealed))
    to = key.open(ADDRESS, mail.address_sealed)
    try:
        await outbox.send(Message(mail.id, mail.user_id, to, subject, text, mail.created_at))
    except Permanent as error:
        mail.state = "refused"  # its letter stays: the job can be replayed when the way out is mended
        return error
    _wipe(mail, "sent")
    mail.sent_at = context.clock()
    return None


async def forget_old(session: AsyncSession, context: Context) -> None:
    """Delete what was written before the time for which mails are kept."""
    await repository.delete_older(session, context.clock() - timedelta(days=context.settings.mail_kept_days))


def _wipe(mail: Mail, state: str) -> None:
    mail.address_sealed, mail.letter_sealed, mail.state = None, None, state
