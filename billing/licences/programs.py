"""What `payband licence` asks of licences, by the operator's role."""

import uuid
from collections.abc import Awaitable, Callable
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from accounts.audit import OPERATOR
from accounts.context import Context
from accounts.programs import in_transaction
from accounts.users import repository as users_repository
from accounts.users import service as users
from accounts.users.addresses import digest_of, read_address
from billing.licences import service
from billing.licences.service import NewLicence
from billing.licences.showing import ShownLicence
from kit.errors import BadInput


def issue(url: str, context: Context, email: str, policy: str, expires_at: datetime | None) -> NewLicence:
    """Issue a licence to the user with this address (made if new); its key cannot be had again. Raises Refused."""

    async def work(session: AsyncSession) -> NewLicence:
        user = await users.find_or_create(session, context, email)
        return await service.issue(session, context, user.id, policy, OPERATOR, expires_at=expires_at)

    return in_transaction(url, work)


def list_licences(url: str, context: Context, email: str | None, limit: int) -> list[ShownLicence]:
    """Licences, newest first: those of the user with this address, or of everybody. Raises BadInput for no user's."""

    async def work(session: AsyncSession) -> list[ShownLicence]:
        if email is None:
            return await service.newest(session, context, limit)
        user = await users_repository.by_email(session, digest_of(context.secrets, read_address(email)))
        if user is None:
            raise BadInput("nobody has this address")
        return (await service.licences_of(session, context, user.id))[:limit]

    return in_transaction(url, work)


def suspend(url: str, context: Context, licence_id: uuid.UUID) -> ShownLicence:
    """Have a licence validate no more until it is reinstated. Raises Refused."""
    return _done(url, lambda session: service.suspend(session, context, licence_id, OPERATOR))


def reinstate(url: str, context: Context, licence_id: uuid.UUID) -> ShownLicence:
    """Have a suspended licence validate again. Raises Refused."""
    return _done(url, lambda session: service.reinstate(session, context, licence_id, OPERATOR))


def renew(url: str, context: Context, licence_id: uuid.UUID, expires_at: datetime | None) -> ShownLicence:
    """Give a licence another end, or none. Raises Refused."""
    return _done(url, lambda session: service.renew(session, context, licence_id, expires_at, OPERATOR))


def revoke(url: str, context: Context, licence_id: uuid.UUID) -> ShownLicence:
    """End a licence for good. Raises Refused."""
    return _done(url, lambda session: service.revoke(session, context, licence_id, OPERATOR))


def _done(url: str, deed: Callable[[AsyncSession], Awaitable[ShownLicence]]) -> ShownLicence:
    return in_transaction(url, deed)
