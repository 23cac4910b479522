"""POST /api/v1/webhooks/clerk: users that were made, changed or deleted there. The work is done in a job."""

from typing import Literal

import structlog
from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel

from accounts.errors import Refused
from accounts.providers import webhooks
from serving.description import problems_of
from serving.limits.addresses import ASKING
from serving.webhooks.noting import note

PROVIDER = "clerk"

log = structlog.get_logger(__name__)
router = APIRouter()


class Received(BaseModel):
    """`new`: queued; `known`: received before; `other`: of a kind that is nothing to us."""

    received: Literal["new", "known", "other"]


BODY = {
    "required": True,
    "content": {"application/json": {"schema": {"type": "object", "description": "An event as Clerk sends it"}}},
}


@router.post(
    "/clerk",
    status_code=202,
    response_model=Received,
    dependencies=[Depends(ASKING)],
    responses=problems_of("invalid-signature", "not-found"),
    openapi_extra={"requestBody": BODY},
)
async def clerk(request: Request) -> Received:
    """Take an event of user.created, user.updated or user.deleted, signed as Standard Webhooks (or Svix) has it.

    An event is kept once by its id, and applied unless something newer was.
    """
    state, body = request.app.state, await request.body()
    try:
        event_id = webhooks.signed(state.context, PROVIDER, body, request.headers)
    except Refused as refused:
        await note(request, PROVIDER, refused)
        raise
    event = webhooks.read(body)
    if event is None:
        return Received(received="other")
    async with state.database.transaction() as session:
        new = await webhooks.receive(session, state.context, PROVIDER, event_id, event)
    log.info("webhook.received", provider=PROVIDER, kind=event.type, new=new)
    return Received(received="new" if new else "known")
