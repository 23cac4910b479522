"""What stands at the root, and the pages that problem documents point to."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse

from serving.api import DOORS
from serving.description import problems_of
from serving.problems import CODES, PAGES, Problem


class Markdown(PlainTextResponse):
    """A page as it is written."""

    media_type = "text/markdown"


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


@router.get("/errors/{code}", response_class=Markdown, responses=problems_of("not-found"))
async def error_page(code: str) -> Markdown:
    """What a problem means and what to do about it, as Markdown."""
    if code not in CODES:
        raise Problem("not-found", f"There is no problem called {code[:60]}: see /errors.")
    return Markdown((PAGES / f"{code}.md").read_text())
