"""The served application, and under OPEN the same insight doors without access: for bench.access.

Without access means: the same edge and the same fast lane over the same releases and kept answers, which ask for no
key, count towards no limit and note no usage. Nothing outside of this module can build it.
"""

import uuid
from typing import Any

from fastapi import FastAPI

from accounts.identity import Caller
from serving import worker
from serving.api import DOORS
from serving.doors import Answer
from serving.fast_lane import FastLane
from serving.requests import Edge

OPEN = "/open"
ANYBODY = Caller(uuid.UUID(int=0), "key", "user", "free", frozenset())


class OpenLane(FastLane):
    """Lets everybody in and notes nobody."""

    def _admitted_at_once(self, scope: Any) -> Caller:
        return ANYBODY

    def _note(self, scope: Any, made: Answer, status: int, size: int, milliseconds: float) -> None:
        return


def app() -> Any:
    """Doors with access at their own paths, without it below OPEN."""
    served: FastAPI = worker.app()
    state = served.state
    unguarded = FastAPI()
    parts = {name: getattr(state, name) for name in ("stands", "usage", "identities", "limits")}
    unguarded.add_middleware(OpenLane, doors=DOORS, **parts)
    unguarded.add_middleware(Edge, tls=False)

    async def either(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http" and scope["path"].startswith(OPEN):
            await unguarded(scope | {"path": scope["path"].removeprefix(OPEN)}, receive, send)
        else:
            await served(scope, receive, send)

    return either
