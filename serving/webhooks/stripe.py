"""POST /api/v1/webhooks/stripe: what happened there. The work is done in a job."""

from typing import Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel

from accounts.errors import Refused
from billing.stripe.events import service
from serving.description import problems_of
from serving.limits.addresses import ASKING
from serving.webhooks.noting import note

PROVIDER = "stripe"

router = APIRouter()


class Received(BaseModel):
    """`new`: queued; `known`: received before."""

    received: Literal["new", "known"]


BODY = {
    "required": True,
    "content": {"application/json": {"schema": {"type": "object", "description": "An event as Stripe sends it"}}},
}


@router.post(
    "/stripe",
    status_code=202,
    response_model=Received,
    responses=problems_of("invalid-signature", "stale-signature", "not-found", "rate-limited"),
    openapi_extra={"requestBody": BODY},
)
async def stripe(request: Request) -> Received:
    """Take an event of any kind, signed with one of our endpoint's secrets.

    An event is kept once by its id. What it is about is read from Stripe by a job, so that the order in which events
    come does not matter. Whoever signs may come as often as they like.
    """
    state, body = request.app.state, await request.body()
    header, secrets = request.headers.get("stripe-signature", ""), state.settings.stripe_webhook_secrets
    try:
        event = service.verified(secrets, body, header, state.context.clock())
    except Refused as refused:
        await ASKING(request)
        await note(request, PROVIDER, refused)
        raise
    new = await state.stripe_events.take(event)
    return Received(received="new" if new else "known")
