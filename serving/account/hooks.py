"""Webhook endpoints: addresses of one's own that are told what happens, and how each delivery fared."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from ipaddress import IPv4Network, IPv6Network
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Path, Query, Request, Response
from pydantic import AfterValidator, Field, WithJsonSchema, model_validator

from accounts.identity import Caller
from billing.hooks import service
from billing.hooks.kinds import ASKED_FOR
from billing.hooks.models import State
from serving.access import needs
from serving.answers import Asked, Told, kept_nowhere
from serving.description import problems_of
from serving.once import Once

router = APIRouter(dependencies=[Depends(kept_nowhere)], route_class=Once)

Reader = Annotated[Caller, Depends(needs(scope="webhooks:read", flag="webhook-endpoints"))]
Writer = Annotated[Caller, Depends(needs(scope="webhooks:write", flag="webhook-endpoints"))]
HookId = Annotated[uuid.UUID, Path(description="The webhook endpoint's id")]
DeliveryId = Annotated[uuid.UUID, Path(description="The delivery's id")]


def _kind(text: str) -> str:
    if text not in ASKED_FOR:
        raise ValueError(f"not a kind of event; there are {', '.join(ASKED_FOR)}")
    return text


Kind = Annotated[str, AfterValidator(_kind), WithJsonSchema({"type": "string", "enum": list(ASKED_FOR)})]
Kinds = Annotated[list[Kind], Field(min_length=1, max_length=len(ASKED_FOR), description="What it is told of")]
Url = Annotated[
    str,
    Field(min_length=1, max_length=1_000, description="Where it is sent: https, at a public address",
          examples=["https://example.org/payband"]),
]  # fmt: skip
LEFT_OUT: Any = None  # a default that is no value of the field: null is refused where it is sent


class HookWish(Asked):
    """An endpoint that is to be made."""

    url: Url
    kinds: Kinds


class HookChange(Asked):
    """What is to change; what is left out stays."""

    url: Url = LEFT_OUT
    kinds: Kinds = LEFT_OUT
    enabled: bool = LEFT_OUT

    @model_validator(mode="after")
    def _something(self) -> "HookChange":
        if not self.model_fields_set:
            raise ValueError("give at least one of url, kinds, enabled")
        return self


class Hook(Told):
    """An endpoint. `failing_since` is since when nothing it was sent was answered well; after three days of that it is
    disabled.
    """

    id: uuid.UUID
    url: str
    kinds: list[str]
    enabled: bool
    failing_since: datetime | None
    disabled_at: datetime | None
    created_at: datetime


class MadeHook(Hook):
    """An endpoint that was just made. `secret` signs what it is sent: it is shown this once."""

    secret: str = Field(repr=False)


class Secret(Told):
    """A new secret, shown this once; the one before signs beside it for a day."""

    secret: str = Field(repr=False)


class Hooks(Told):
    """All of one's endpoints, oldest first."""

    webhook_endpoints: list[Hook]


class Delivery(Told):
    """One event on its way to one endpoint. `event_id` is the same each time; receivers drop what they had before."""

    id: uuid.UUID
    event_id: uuid.UUID
    kind: str
    state: State
    attempts: int
    status: int | None = Field(description="Of the last answer, if there was one")
    reason: str | None = Field(description="Why the last attempt failed")
    created_at: datetime
    next_at: datetime | None
    delivered_at: datetime | None


class Page(Told):
    """Deliveries, newest first. `next` is the cursor of the next page, null on the last."""

    deliveries: list[Delivery]
    next: uuid.UUID | None


class Paging(Asked):
    """Which part of the list."""

    cursor: uuid.UUID | None = Field(default=None, description="`next` of the page before")
    limit: int = Field(default=50, ge=1, le=200)


@router.get("")
async def list_hooks(request: Request, caller: Reader) -> Hooks:
    """Your webhook endpoints."""
    state = request.app.state
    async with state.database.transaction(caller.user_id) as session:
        found = await service.hooks_of(session, state.context, caller.user_id)
    return Hooks(webhook_endpoints=[Hook.model_validate(each) for each in found])


@router.post("", status_code=201, responses=problems_of("too-many-hooks"))
async def create_hook(request: Request, caller: Writer, wish: Annotated[HookWish, Body()]) -> MadeHook:
    """Have an address of yours told what happens. The secret is in this answer and nowhere else."""
    state = request.app.state
    async with state.database.transaction(caller.user_id) as session:
        made, secret = await service.create(
            session, state.context, caller.user_id, wish.url, wish.kinds, _networks(request)
        )
    return MadeHook(**Hook.model_validate(made).model_dump(), secret=secret)


@router.get("/{hook_id}", responses=problems_of("not-found"))
async def see_hook(request: Request, caller: Reader, hook_id: HookId) -> Hook:
    """One endpoint."""
    state = request.app.state
    async with state.database.transaction(caller.user_id) as session:
        return Hook.model_validate(await service.hook_with(session, state.context, caller.user_id, hook_id))


@router.patch("/{hook_id}", responses=problems_of("not-found"))
async def change_hook(request: Request, caller: Writer, hook_id: HookId, change: Annotated[HookChange, Body()]) -> Hook:
    """Change where it is sent and what; enable one that was disabled."""
    state, wanted = request.app.state, {name: getattr(change, name) for name in change.model_fields_set}
    async with state.database.transaction(caller.user_id) as session:
        changed = await service.change(session, state.context, caller.user_id, hook_id, wanted, _networks(request))
    return Hook.model_validate(changed)


@router.delete("/{hook_id}", status_code=204, responses=problems_of("not-found"))
async def remove_hook(request: Request, caller: Writer, hook_id: HookId) -> Response:
    """Remove an endpoint, and what waits for it."""
    state = request.app.state
    async with state.database.transaction(caller.user_id) as session:
        await service.remove(session, state.context, caller.user_id, hook_id)
    return Response(status_code=204)


@router.post("/{hook_id}/rotate-secret", responses=problems_of("not-found"))
async def rotate_secret(request: Request, caller: Writer, hook_id: HookId) -> Secret:
    """A new secret; what is sent is signed by the one before too, for a day."""
    state = request.app.state
    async with state.database.transaction(caller.user_id) as session:
        return Secret(secret=await service.rotate_secret(session, state.context, caller.user_id, hook_id))


@router.post("/{hook_id}/test", status_code=202, responses=problems_of("not-found", "hook-disabled"))
async def send_ping(request: Request, caller: Writer, hook_id: HookId) -> Delivery:
    """Have a `ping` sent, to see that it comes."""
    state = request.app.state
    async with state.database.transaction(caller.user_id) as session:
        return Delivery.model_validate(await service.ping(session, state.context, caller.user_id, hook_id))


@router.get("/{hook_id}/deliveries", responses=problems_of("not-found"))
async def list_deliveries(
    request: Request, caller: Reader, hook_id: HookId, paging: Annotated[Paging, Query()]
) -> Page:
    """What was sent to an endpoint in the last thirty days, newest first."""
    state = request.app.state
    async with state.database.transaction(caller.user_id) as session:
        found = await service.deliveries(session, caller.user_id, hook_id, paging.cursor, paging.limit + 1)
    shown = [Delivery.model_validate(each) for each in found[: paging.limit]]
    return Page(deliveries=shown, next=shown[-1].id if len(found) > paging.limit else None)


@router.post(
    "/{hook_id}/deliveries/{delivery_id}/redeliver",
    status_code=202,
    responses=problems_of("not-found", "hook-disabled"),
)
async def redeliver(request: Request, caller: Writer, hook_id: HookId, delivery_id: DeliveryId) -> Delivery:
    """Have the same event sent anew, whatever became of it."""
    state = request.app.state
    async with state.database.transaction(caller.user_id) as session:
        made = await service.send_again(session, state.context, caller.user_id, hook_id, delivery_id)
    return Delivery.model_validate(made)


def _networks(request: Request) -> Sequence[IPv4Network | IPv6Network]:
    networks: Sequence[IPv4Network | IPv6Network] = request.app.state.settings.hook_networks
    return networks
