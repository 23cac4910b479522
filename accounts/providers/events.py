"""Apply what a provider told about a user, once, and never something older over something newer.

How new it is says the provider's own clock (`updated_at` of the object), so the order of arrival is nothing. A deletion
leaves a tombstone, after which nothing brings the subject back but its own sign-in.
"""

import uuid
from datetime import timedelta

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from accounts import audit
from accounts.context import Context
from accounts.errors import Refused
from accounts.privacy import leaving
from accounts.providers import repository
from accounts.providers.models import ProviderEvent, ProviderIdentity
from accounts.providers.service import provision, trusted_address
from accounts.providers.tokens import Claims
from accounts.providers.webhooks import Told, opened
from accounts.users import repository as users_repository
from accounts.users import service as users
from accounts.users.addresses import digest_of
from accounts.vault import service as vault
from kit.database import act_for

KEPT_DAYS = 30


async def apply(session: AsyncSession, context: Context, event_id: uuid.UUID) -> str:
    """What became of the event; applied again it is what it was."""
    event = await repository.take_event(session, event_id)
    if event is None:
        return "forgotten"
    if event.told_sealed is None:
        return event.outcome or "applied"
    told = opened(context, event.id, event.told_sealed)
    event.outcome = await _outcome(session, context, event, told)
    event.told_sealed, event.applied_at = None, context.clock()
    return event.outcome


async def forget_old(session: AsyncSession, context: Context) -> None:
    """Delete events that were received long ago: what is sent twice is sent twice within days."""
    await repository.delete_events(session, context.clock() - timedelta(days=KEPT_DAYS))


async def _outcome(session: AsyncSession, context: Context, event: ProviderEvent, told: Told) -> str:
    if await repository.buried_at(session, event.provider, event.subject_digest) is not None:
        return "buried"
    known = await repository.identity(session, event.provider, event.subject_digest)
    if event.kind == "user.deleted":
        return await _delete(session, context, event, known)
    if known is None:
        return await _create(session, context, event.provider, told)
    if known.told_at is not None and told.at <= known.told_at:
        return "stale"
    await repository.note_told(session, known.id, told.at)
    return await _update(session, context, event.provider, known, told)


async def _create(session: AsyncSession, context: Context, provider: str, told: Told) -> str:
    try:
        async with session.begin_nested():
            await provision(session, context, provider, _claims(context, told), anew=False, told_at=told.at)
    except Refused as refused:
        return refused.code  # first sight will say so to the user
    except IntegrityError:
        return "raced"  # with the user's own first sight, which knows as much
    return "created"


async def _update(session: AsyncSession, context: Context, provider: str, known: ProviderIdentity, told: Told) -> str:
    """The address is taken over where the provider is trusted with it, nobody else has it, and the account is theirs:

    one with a password of its own keeps its own address.
    """
    key = await vault.key_of(session, context.secrets, known.user_id)
    if told.name is not None:
        await users_repository.change(session, known.user_id, name_sealed=key.seal(users.NAME, told.name))
    user = await users_repository.by_id(session, known.user_id)
    address = trusted_address(context, provider, _claims(context, told))
    if address is None or user is None or user.password_hash is not None:
        return "updated"
    digest = digest_of(context.secrets, address)
    holder = await users_repository.id_by_email(session, digest)
    if holder is not None:
        return "updated" if holder == known.user_id else "clash"
    sealed = key.seal(users.EMAIL, address)
    await users_repository.change(
        session, known.user_id, email_digest=digest, email_sealed=sealed, email_verified_at=context.clock()
    )
    told_of = audit.Event(
        audit.Action.EMAIL_CHANGED, user.id, audit.Actor("provider"), {"provider": provider, "email": address}
    )
    await audit.record(session, context, told_of)
    return "updated"


async def _delete(session: AsyncSession, context: Context, event: ProviderEvent, known: ProviderIdentity | None) -> str:
    """The subject is buried. A user who has no other way in leaves; one who has stays."""
    await repository.bury(session, event.provider, event.subject_digest, context.clock())
    if known is None:
        return "buried"
    told = audit.Event(
        audit.Action.PROVIDER_UNLINKED, known.user_id, audit.Actor("provider"), {"provider": event.provider}
    )
    await audit.record(session, context, told)
    user = await users_repository.by_id(session, known.user_id)
    alone = await repository.others_of(session, known.user_id, known.id) == 0
    await repository.remove(session, known.id)
    if user is None or not alone or user.password_hash is not None:
        return "unlinked"
    await act_for(session, user.id)
    try:
        await leaving.start(session, context, user.id, audit.Actor("provider"))
    except Refused as refused:
        return refused.code  # leaving already, suspended, or the last administrator
    return "leaving"


def _claims(context: Context, told: Told) -> Claims:
    now = context.clock()
    return Claims(told.subject, told.email, told.email_verified, told.name, now, now)
