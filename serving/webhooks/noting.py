"""Webhooks that are refused, in the audit trail."""

from fastapi import Request

from accounts import audit
from accounts.errors import Refused


async def note(request: Request, provider: str, refused: Refused) -> None:
    """Once an hour: whoever guesses signatures must not write our audit trail full."""
    told = audit.Event(audit.Action.WEBHOOK_REFUSED, detail={"provider": provider, "refusal": refused.code})
    async with request.app.state.database.transaction() as session:
        await audit.record_once(session, request.app.state.context, told, provider, refused.code)
