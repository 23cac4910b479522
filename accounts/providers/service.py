"""Whose token of another provider is it: the user who is known by it, or one who is made on first sight.

An address binds a newcomer to an account that exists only where the provider is trusted with addresses, calls this one
verified, and the account has confirmed it. An account whose address nobody confirmed may be a trap that somebody laid
with another's address: it is neither joined nor displaced.
"""

import uuid
from contextlib import suppress
from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from accounts import audit, mail
from accounts.context import Context
from accounts.errors import Refused
from accounts.privacy import tombstones
from accounts.providers import repository
from accounts.providers.models import SUBJECT, ProviderIdentity
from accounts.providers.repository import Holder
from accounts.providers.tokens import Claims
from accounts.users import letters
from accounts.users import repository as users_repository
from accounts.users import service as users
from accounts.users.addresses import digest_of, read_address
from accounts.users.models import User
from accounts.vault import service as vault
from kit.database import act_for
from kit.errors import BadInput
from kit.identifiers import uuid7


def subject_digest(context: Context, provider: str, subject: str) -> bytes:
    """What finds a provider's subject again, and tells nobody who it is."""
    return context.secrets.digest(f"provider:{provider}", subject)


async def holder_of(session: AsyncSession, context: Context, provider: str, claims: Claims) -> Holder | None:
    """The user of this subject; None for one who is no user here."""
    return await repository.holder(session, provider, subject_digest(context, provider, claims.subject))


async def known_or_new(
    session: AsyncSession, context: Context, provider: str, claims: Claims, *, anew: bool = False
) -> Holder:
    """The user of this subject, made on first sight. `anew`: somebody who was erased may begin again.

    Raises Refused for who was erased, or clashes with an account.
    """
    holder = await holder_of(session, context, provider, claims)
    if holder is None:
        with suppress(IntegrityError):  # two first sights at once, or the address went to somebody else meanwhile
            async with session.begin_nested():
                await provision(session, context, provider, claims, anew=anew)
        holder = await holder_of(session, context, provider, claims)
    if holder is None:
        raise Refused("account-exists", TAKEN)
    return holder


async def provision(
    session: AsyncSession,
    context: Context,
    provider: str,
    claims: Claims,
    *,
    anew: bool,
    told_at: datetime | None = None,
) -> uuid.UUID:
    """Make the user, or join the account that has the address; the transaction is theirs from here on.

    Raises Refused, and IntegrityError when somebody else is doing the same.
    """
    digest = subject_digest(context, provider, claims.subject)
    address = trusted_address(context, provider, claims)
    await _past_tombstones(session, context, provider, digest, address, anew=anew)
    joined = None if address is None else await _confirmed(session, context, address)
    user = joined or await users.create_user(session, context, address)
    key = await vault.key_of(session, context.secrets, user.id)
    if joined is None:
        user.email_verified_at = None if address is None else context.clock()
        user.name_sealed = None if claims.name is None else key.seal(users.NAME, claims.name)
    now = context.clock()
    identity = ProviderIdentity(id=uuid7(now), user_id=user.id, provider=provider, subject_digest=digest)
    identity.subject_sealed, identity.created_at, identity.told_at = key.seal(SUBJECT, claims.subject), now, told_at
    session.add(identity)
    await session.flush()
    await _tell(session, context, user.id, provider, address, joined=joined is not None)
    return user.id


def trusted_address(context: Context, provider: str, claims: Claims) -> str | None:
    """The address that the provider vouches for; None where it is not trusted to, or does not."""
    if claims.email is None or not claims.email_verified or not context.providers[provider].trusts_email:
        return None
    try:
        return read_address(claims.email)
    except BadInput:
        return None


async def _past_tombstones(
    session: AsyncSession, context: Context, provider: str, digest: bytes, address: str | None, *, anew: bool
) -> None:
    """Whoever was erased comes back by their own act alone, which takes the tombstones away. Raises Refused."""
    if await repository.buried_at(session, provider, digest) is not None:
        if not anew:
            raise Refused("invalid-credential", GONE)
        await repository.unbury(session, provider, digest)
    if address is not None and await tombstones.stands(session, context, address):
        if not anew:
            raise Refused("invalid-credential", GONE)
        await tombstones.lift(session, context, address)


async def _tell(
    session: AsyncSession, context: Context, user_id: uuid.UUID, provider: str, address: str | None, *, joined: bool
) -> None:
    """Record it; and whose account was joined hears of it."""
    action = audit.Action.PROVIDER_LINKED if joined else audit.Action.USER_PROVISIONED
    event = audit.Event(action, user_id, audit.Actor("provider"), {"provider": provider, "email": address})
    await audit.record(session, context, event)
    if joined:
        at, link = letters.moment(context.clock()), letters.page_of(context, "forgot-password")
        await mail.enqueue(session, context, user_id, "provider_linked", {"at": at, "provider": provider, "link": link})


async def _confirmed(session: AsyncSession, context: Context, address: str) -> User | None:
    """The account that has confirmed this address; None when nobody has it. Raises Refused when nobody confirmed it."""
    user_id = await users_repository.id_by_email(session, digest_of(context.secrets, address))
    if user_id is None:
        return None
    await act_for(session, user_id)  # a provider that is trusted with addresses says that it is them
    user = await users_repository.by_id(session, user_id)
    if user is None or user.email_verified_at is None:
        raise Refused("account-exists", TAKEN)
    return user


GONE = "The account was erased. Sign in anew to begin another."
TAKEN = (
    "There is an account with this e-mail address, and nobody has confirmed that the address is theirs. "
    "Ask for a new password to make it yours; then sign in this way again."
)
