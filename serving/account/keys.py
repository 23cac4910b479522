"""API keys: list, make, see, change, rotate and revoke one's own."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, Depends, Path, Query, Request, Response
from pydantic import AfterValidator, AwareDatetime, Field, StringConstraints, WithJsonSchema

from accounts.identity import Caller, Mode
from accounts.keys import service
from accounts.keys.networks import MOST, read_networks
from accounts.keys.rights import Rights, rights_of
from accounts.keys.service import LONGEST_OVERLAP, USUAL, NewKey
from accounts.keys.showing import ShownKey
from accounts.scopes import SCOPES
from billing.plans import plan_of
from kit.errors import BadInput
from serving.access import needs
from serving.answers import Asked, Told
from serving.description import problems_of
from serving.once import Once


async def never_stored(response: Response) -> None:
    """No cache between here and the caller keeps a key."""
    response.headers["Cache-Control"] = "no-store"


router = APIRouter(dependencies=[Depends(never_stored)], route_class=Once)

Reader = Annotated[Caller, Depends(needs(scope="keys:read"))]
Writer = Annotated[Caller, Depends(needs(scope="keys:write"))]
CHANGING = problems_of("not-found", "beyond-own-rights", "key-not-live", "key-rotated")
ROTATING = problems_of("not-found", "beyond-own-rights", "key-not-live", "key-rotated", "too-many-keys")
KeyId = Annotated[uuid.UUID, Path(description="The key's id")]


def _network(text: str) -> str:
    try:
        return str(read_networks([text])[0])
    except BadInput as error:
        raise ValueError(str(error)) from None


def _scope(text: str) -> str:
    if text not in SCOPES:
        raise ValueError(f"not a scope; there are {', '.join(SCOPES)}")
    return text


Name = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]*$"),
    Field(description="What the key is for", examples=["laptop"]),
]
ScopeName = Annotated[str, AfterValidator(_scope), WithJsonSchema({"type": "string", "enum": list(SCOPES)})]
Scopes = Annotated[
    list[ScopeName], Field(min_length=1, max_length=len(SCOPES), description="What it may do", examples=[sorted(USUAL)])
]
NetworkText = Annotated[str, StringConstraints(max_length=60), AfterValidator(_network)]
Networks = Annotated[
    list[NetworkText],
    Field(
        max_length=MOST,
        description="Addresses and networks, IPv4 or IPv6, from which alone it is good; none: from anywhere",
        examples=[["203.0.113.7", "2001:db8::/32"]],
    ),
]
LEFT_OUT: Any = None  # a default that is no value of the field: null is refused where it is sent
Moment = Annotated[
    AwareDatetime,
    Field(ge=datetime(2000, 1, 1, tzinfo=UTC), lt=datetime(2200, 1, 1, tzinfo=UTC), description="When it ends"),
]


class KeyWish(Asked):
    """A key that is to be made."""

    name: Name
    mode: Literal["live", "test"] = Field(
        default="live", description="test: answers from the fixed sample release, and has `insights:read` alone"
    )
    scopes: Scopes = Field(default_factory=lambda: sorted(USUAL))
    expires_at: Moment | None = None
    networks: Networks = Field(default_factory=list)


class KeyChange(Asked):
    """What is to change; what is left out stays. `expires_at` null: it ends no more by itself."""

    name: Name = LEFT_OUT
    scopes: Scopes = LEFT_OUT
    expires_at: Moment | None = None
    networks: Networks = LEFT_OUT


class Rotation(Asked):
    """How the old key gives way."""

    overlap_s: int = Field(
        default=86_400, ge=0, le=int(LONGEST_OVERLAP.total_seconds()), description="How long the old key works on"
    )


USUAL_ROTATION = Rotation()


class Key(Told):
    """A key without its text. `replaced_by` is the key that it was rotated into."""

    id: uuid.UUID
    name: str
    prefix: str
    mode: Mode
    scopes: list[str]
    networks: list[str]
    state: Literal["live", "expired", "revoked"]
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None
    replaced_by: uuid.UUID | None


class MadeKey(Key):
    """A key that was just made. `key` is its text: it is shown this once."""

    key: str = Field(repr=False)


class Page(Told):
    """Keys, newest first. `next` is the cursor of the next page, null on the last."""

    keys: list[Key]
    next: uuid.UUID | None


class Paging(Asked):
    """Which part of the list."""

    cursor: uuid.UUID | None = Field(default=None, description="`next` of the page before")
    limit: int = Field(default=50, ge=1, le=200)


@router.get("")
async def list_keys(request: Request, caller: Reader, paging: Annotated[Paging, Query()]) -> Page:
    """The caller's keys, newest first, also those that work no more."""
    state = request.app.state
    async with state.database.transaction(caller.user_id) as session:
        found = await service.keys_of(session, state.context, caller.user_id, paging.cursor, paging.limit + 1)
    shown = [Key.model_validate(key) for key in found[: paging.limit]]
    return Page(keys=shown, next=shown[-1].id if len(found) > paging.limit else None)


@router.post("", status_code=201, responses=problems_of("beyond-own-rights", "too-many-keys"))
async def create_key(request: Request, caller: Writer, wish: Annotated[KeyWish, Body()]) -> MadeKey:
    """Make a key. Its text is in this answer and nowhere else."""
    rights = Rights(frozenset(wish.scopes), wish.mode, wish.expires_at, read_networks(wish.networks))
    state = request.app.state
    async with state.database.transaction(caller.user_id) as session:
        made = await service.create_key(
            session, state.context, caller.user_id, wish.name, rights, maker=rights_of(caller), most=_most(caller)
        )
    return _made(made)


@router.get("/{key_id}", responses=problems_of("not-found"))
async def see_key(request: Request, caller: Reader, key_id: KeyId) -> Key:
    """One key."""
    state = request.app.state
    async with state.database.transaction(caller.user_id) as session:
        return _key(await service.key_with(session, state.context, caller.user_id, key_id))


@router.patch("/{key_id}", responses=CHANGING)
async def change_key(request: Request, caller: Writer, key_id: KeyId, change: Annotated[KeyChange, Body()]) -> Key:
    """Change what a key is called, may do, when it ends and from where it is good; at once, in every process."""
    state = request.app.state
    async with state.database.transaction(caller.user_id) as session:
        changed = await service.change_key(
            session, state.context, caller.user_id, key_id, _changes(change), rights_of(caller)
        )
    state.identities.forget(f"key:{key_id}")
    return _key(changed)


@router.post("/{key_id}/rotate", status_code=201, responses=ROTATING)
async def rotate_key(
    request: Request, caller: Writer, key_id: KeyId, rotation: Annotated[Rotation, Body()] = USUAL_ROTATION
) -> MadeKey:
    """Make a key with the same name and rights, good at once; the old one works on for the overlap."""
    state, overlap = request.app.state, timedelta(seconds=rotation.overlap_s)
    async with state.database.transaction(caller.user_id) as session:
        made = await service.rotate_key(
            session, state.context, caller.user_id, key_id, overlap, maker=rights_of(caller), most=_most(caller)
        )
    state.identities.forget(f"key:{key_id}")
    return _made(made)


@router.delete("/{key_id}", status_code=204, responses=problems_of("not-found"))
async def revoke_key(request: Request, caller: Writer, key_id: KeyId) -> Response:
    """Revoke a key for good: at once here, within a second in every process. One that is revoked stays so."""
    state = request.app.state
    async with state.database.transaction(caller.user_id) as session:
        await service.key_with(session, state.context, caller.user_id, key_id)
        await service.revoke_key(session, state.context, key_id)
    state.identities.forget(f"key:{key_id}")
    return Response(status_code=204)


def _most(caller: Caller) -> int:
    return plan_of(caller.plan).api_keys


def _changes(change: KeyChange) -> dict[str, Any]:
    """The fields that were sent, as the service takes them."""
    given = {name: getattr(change, name) for name in change.model_fields_set}
    if "scopes" in given:
        given["scopes"] = frozenset(change.scopes)
    if "networks" in given:
        given["networks"] = read_networks(change.networks)
    return given


def _key(key: ShownKey) -> Key:
    return Key.model_validate(key)


def _made(made: NewKey) -> MadeKey:
    return MadeKey(**_key(made.key).model_dump(), key=made.text)
