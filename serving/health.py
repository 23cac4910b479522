"""Is the process alive, and can it answer?"""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from sqlalchemy import text

from kit.database import Unavailable

router = APIRouter(tags=["operations"])


@router.get("/health")
async def health() -> dict[str, str]:
    """The process runs. Asks nothing of anything else, so that a broken database does not get the API restarted."""
    return {"status": "ok"}


@router.get("/ready", responses={503: {"description": "Not now: the answer says what is missing"}})
async def ready(request: Request) -> JSONResponse:
    """Whether questions can be answered now: a release is open and the database answers; 503 when not."""
    current = request.app.state.shelf.current
    parts: dict[str, Any] = {
        "release": current.id if current else None,
        "database": await _database_answers(request),
    }
    good = all(parts.values())
    parts["limits"] = request.app.state.limits.told()  # without Redis requests are limited all the same,
    parts["usage"] = request.app.state.usage.told()  # and without the database their records wait
    headers = {"Cache-Control": "no-store"} | ({} if good else {"Retry-After": "2"})
    return JSONResponse({"status": "ok" if good else "not ready", **parts}, 200 if good else 503, headers)


async def _database_answers(request: Request) -> bool:
    try:
        async with request.app.state.database.transaction() as session:
            await session.execute(text("SELECT 1"))
    except Unavailable:
        return False
    return True
