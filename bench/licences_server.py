"""The served application, and at EMPTY a door of a bare application that does nothing: for bench.licences."""

from typing import Any

from fastapi import FastAPI

from serving import worker

EMPTY = "/empty"


def app() -> Any:
    """One process with both."""
    served: FastAPI = worker.app()
    bare = FastAPI()

    @bare.post(EMPTY)
    async def empty() -> dict[str, bool]:
        return {}

    async def either(scope: Any, receive: Any, send: Any) -> None:
        await (bare if scope.get("path") == EMPTY else served)(scope, receive, send)

    return either
