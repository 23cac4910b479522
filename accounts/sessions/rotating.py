"""Replace the key that signs access tokens: by hand, or by the clock."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from accounts import audit
from accounts.audit import SYSTEM, Action, Actor, Event
from accounts.context import Context
from accounts.sessions.keyring import Key


async def rotate(session: AsyncSession, context: Context, actor: Actor, *, at_once: bool = False) -> Key:
    """Publish a new key that signs after a while; with `at_once` it signs now, and no other is trusted any more.

    Raises BadInput while another waits to sign.
    """
    await context.keyring.ready(session)  # so that the very first has been there before its successor
    made = await context.keyring.rotate(session, at_once=at_once)
    told = {"key_id": made.id, "kind": "at once" if at_once else "with an overlap"}
    await audit.record(session, context, Event(Action.SIGNING_KEY_ROTATED, actor=actor, detail=told))
    return made


async def rotate_if_due(session: AsyncSession, context: Context) -> Key | None:
    """Rotate when the newest key is old enough; what was made, if anything."""
    signer = await context.keyring.ready(session)
    await context.keyring.load(session)
    newest = max(context.keyring.published().values(), key=lambda key: key.signs_from, default=signer)
    if context.clock() - newest.signs_from < timedelta(days=context.settings.signing_key_days):
        return None
    return await rotate(session, context, SYSTEM)


async def standing(session: AsyncSession, context: Context) -> tuple[Sequence[Key], str]:
    """The published keys in the order in which they sign, and the id of the one that signs now."""
    signer = await context.keyring.ready(session)
    await context.keyring.load(session)
    return sorted(context.keyring.published().values(), key=lambda key: key.signs_from), signer.id
