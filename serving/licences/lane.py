"""Validations before the framework: what was asked in these very bytes before is answered at a fraction of the cost.

Only what is remembered is answered here; everything else goes on to the framework.
"""

from collections.abc import MutableMapping
from typing import Any

from fastapi import Request

from billing.licences.remembering import Validations
from billing.licences.uses import LicenceUses
from serving.fast_lane import App, Receive, Scope, Send
from serving.licences.validating import PATH
from serving.limits.addresses import LICENSING
from serving.limits.refusals import refuse
from serving.problems import response_for


class ValidationLane:
    """ASGI middleware behind BodyLimit, which hands a body on whole."""

    def __init__(self, app: App, validations: Validations, uses: LicenceUses) -> None:
        self._app, self._validations, self._uses = app, validations, uses

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or pass on."""
        asked = scope["type"] == "http" and scope["path"] == PATH and scope["method"] == "POST"
        if not asked or scope["query_string"]:
            await self._app(scope, receive, send)
            return
        message = await receive()
        said = self._validations.recall(message.get("body", b""))
        if said is None:
            await self._app(scope, _first(message, receive), send)
            return
        verdict = await LICENSING.admit(scope)
        if not verdict.admitted:
            await response_for(refuse(verdict), Request(scope))(scope, receive, send)
            return
        self._uses.note(said.verdict, said.app_version)
        length = str(len(said.body)).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", length), (b"cache-control", b"no-store")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": said.body})


def _first(message: MutableMapping[str, Any], receive: Receive) -> Receive:
    """What was received is received again, and then what comes."""
    given = False

    async def again() -> MutableMapping[str, Any]:
        nonlocal given
        if given:
            return await receive()
        given = True
        return message

    return again
