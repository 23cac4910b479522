"""What stands at the root, and the pages that problem documents point to."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse

from serving.api import DOORS
from serving.problems import CODES, PAGES, Problem

router = APIRouter(tags=["about"])


@router.get("/")
async def home(request: Request) -> dict[str, Any]:
    """Where to go from here."""
    current = request.app.state.shelf.current
    return {
        "name": "Payband",
        "release": current.stamp if current else None,
        "doors": {door.name: door.path for door in DOORS},
        "documentation": "/docs",
        "openapi": "/openapi.json",
        "errors": "/errors",
        "health": "/health",
        "ready": "/ready",
    }


@router.get("/errors")
async def errors() -> dict[str, Any]:
    """Every problem that an answer can have."""
    return {
        code: {"status": status, "title": title, "page": f"/errors/{code}"} for code, (status, title) in CODES.items()
    }


@router.get("/errors/{code}", response_class=PlainTextResponse)
async def error_page(code: str) -> PlainTextResponse:
    """What a problem means and what to do about it, as Markdown."""
    if code not in CODES:
        raise Problem("not-found", f"There is no problem called {code[:60]}: see /errors.")
    return PlainTextResponse((PAGES / f"{code}.md").read_text(), media_type="text/markdown; charset=utf-8")
