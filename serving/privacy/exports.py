"""Everything that is held on the caller, as a package: asked for, watched, fetched once."""

import uuid
from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Header, Path, Request
from fastapi.responses import StreamingResponse

from accounts.audit import Actor
from accounts.identity import Caller
from accounts.privacy import exporting
from accounts.privacy.models import Export
from serving.access import needs
from serving.answers import Told
from serving.description import problems_of
from serving.once import Once

router = APIRouter(prefix="/export", route_class=Once)

Exporter = Annotated[Caller, Depends(needs(scope="export:write"))]
ExportId = Annotated[uuid.UUID, Path(description="The export's id")]
Token = Annotated[str, Header(alias="X-Download-Token", min_length=1, max_length=100)]


class ExportState(Told):
    """How far a package is. It can be fetched, once, while it is ready."""

    id: uuid.UUID
    status: Literal["waiting", "making", "ready", "downloaded", "expired"]
    parts_done: int
    parts: int
    size: int | None
    asked_at: datetime
    ready_at: datetime | None
    expires_at: datetime | None
    downloaded_at: datetime | None


class ExportAsked(ExportState):
    """With `download_token`, which is told this once: send it as X-Download-Token to fetch the package."""

    download_token: str


@router.post("/full-data", status_code=202, responses=problems_of("conflict"))
async def ask_for_everything(request: Request, caller: Exporter) -> ExportAsked:
    """Have everything that is held on you packed: a zip of JSON files, each with its schema."""
    state = request.app.state
    async with state.database.transaction(caller.user_id) as session:
        made, token = await exporting.ask(session, state.context, caller.user_id, Actor.of(caller))
    return ExportAsked(**_state(made).model_dump(), download_token=token)


@router.get("/{export_id}", responses=problems_of("not-found"))
async def watch_export(request: Request, caller: Exporter, export_id: ExportId) -> ExportState:
    """How far the package is."""
    async with request.app.state.database.transaction(caller.user_id) as session:
        return _state(await exporting.find(session, caller.user_id, export_id))


@router.get(
    "/{export_id}/file",
    response_class=StreamingResponse,
    responses={
        200: {
            "content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}},
            "description": "The package",
        },
        **problems_of("not-found", "wrong-token", "conflict", "gone"),
    },
)
async def fetch_export(request: Request, caller: Exporter, export_id: ExportId, token: Token) -> StreamingResponse:
    """The package, this once; it is deleted here while it is sent."""
    state = request.app.state
    async with state.database.transaction(caller.user_id) as session:
        package = await exporting.fetch(session, state.context, caller.user_id, export_id, token, Actor.of(caller))
    headers = {"Content-Disposition": f'attachment; filename="payband-{export_id}.zip"', "Cache-Control": "no-store"}
    return StreamingResponse(package.pieces, media_type="application/zip", headers=headers)


def _state(export: Export) -> ExportState:
    return ExportState.model_validate(export)
