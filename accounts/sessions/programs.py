"""What `payband auth` asks of sessions."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from accounts.audit import OPERATOR
from accounts.context import Context
from accounts.programs import in_transaction
from accounts.sessions import rotating
from accounts.sessions.keyring import Key


def signing_keys(url: str, context: Context) -> list[dict[str, Any]]:
    """The published keys in the order in which they sign: id, state (retired, signing, waiting) and times."""

    async def work(session: AsyncSession) -> list[dict[str, Any]]:
        keys, signer = await rotating.standing(session, context)
        now = next(key.signs_from for key in keys if key.id == signer)
        return [{"id": key.id, "state": _state(key, signer, now > key.signs_from)} | _times(key) for key in keys]

    return in_transaction(url, work)


def rotate_signing_key(url: str, context: Context, *, at_once: bool) -> dict[str, Any]:
    """Publish a new key and say from when it signs. Raises BadInput while another waits to sign."""

    async def work(session: AsyncSession) -> dict[str, Any]:
        made = await rotating.rotate(session, context, OPERATOR, at_once=at_once)
        return {"id": made.id} | _times(made)

    return in_transaction(url, work)


def _state(key: Key, signer: str, before: bool) -> str:
    return "signing" if key.id == signer else "retired" if before else "waiting"


def _times(key: Key) -> dict[str, Any]:
    return {"published_at": key.published_at, "signs_from": key.signs_from}
