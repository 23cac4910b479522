"""Doors of programs: whoever has a licence's key may ask, and nothing else is needed."""

from datetime import datetime
from typing import Annotated, Any, Literal, get_args

import orjson
from fastapi import APIRouter, Body, Depends, Request, Response
from fastapi.responses import PlainTextResponse
from pydantic import Field

from billing.licences import files, machines
from billing.licences.machines import Seat
from billing.licences.policies import Policy
from billing.licences.validation import Reason, Verdict, validate
from serving.answers import kept_nowhere
from serving.description import problems_of
from serving.licences.asking import Program, Told, moment
from serving.limits.addresses import LICENSING

router = APIRouter(dependencies=[Depends(LICENSING), Depends(kept_nowhere)])

PATH = "/api/v1/licenses/validate"
BOUND = problems_of("licence-not-valid", "machine-not-activated")
OFFLINE = problems_of("licence-not-valid", "machine-not-activated", "no-machine-left")
SIGNED: dict[int | str, dict[str, Any]] = {200: {"description": "A signed text, as clients/python reads it"}}
Asked = Annotated[Program, Body()]


class Good(Told):
    """The licence is good on this machine. `expires_at` null: it never ends."""

    valid: Literal[True]
    license_type: str
    features: list[str]
    expires_at: datetime | None


class Refused(Told):
    """The licence is not good on this machine."""

    valid: Literal[False]
    reason: Annotated[str, Field(json_schema_extra={"enum": list(get_args(Reason))})]


class Bound(Told):
    """A machine that the licence is bound to. `lease_until`: its seat is free again then, but for a heartbeat."""

    machine_id: str
    license_type: str
    features: list[str]
    expires_at: datetime | None
    lease_until: datetime | None


@router.post("/validate", response_model=Good | Refused)
async def validate_licence(request: Request, program: Asked) -> Response:
    """Whether the licence is good on this machine. Answers are remembered until something changes, at most an hour."""
    state, asked = request.app.state, await request.body()

    async def look() -> Verdict:
        async with state.database.transaction() as session:
            asking = program.asking
            return await validate(session, state.context, asking.key, asking.fingerprint, asking.product)

    said = state.validations.recall(asked) or await state.validations.find_out(asked, program.app_version, look, told)
    state.licence_uses.note(said.verdict, said.app_version)
    return Response(said.body, media_type="application/json", headers={"Cache-Control": "no-store"})


@router.post("/activate", responses=problems_of("licence-not-valid", "no-machine-left"))
async def activate_machine(request: Request, program: Asked) -> Bound:
    """Bind the licence to this machine, or give it a seat of a floating one. A second time it is the same machine."""
    state = request.app.state
    async with state.database.transaction() as session:
        return _bound(await machines.activate(session, state.context, program.asking))


@router.post("/offline-file", responses=OFFLINE | SIGNED, response_class=PlainTextResponse)
async def make_offline_file(request: Request, program: Asked) -> Response:
    """A signed file by which the licence is good on this machine for some days without a connection."""
    state = request.app.state
    async with state.database.transaction() as session:
        made = await files.offline_file(session, state.context, program.asking)
    return PlainTextResponse(made, headers={"Cache-Control": "no-store"})


@router.post("/deactivate", status_code=204, responses=BOUND)
async def deactivate_machine(request: Request, program: Asked) -> Response:
    """Unbind the licence from this machine, or give its seat back."""
    state = request.app.state
    async with state.database.transaction() as session:
        await machines.deactivate(session, state.context, program.asking)
    return Response(status_code=204)


@router.post("/heartbeat", responses=BOUND)
async def keep_seat(request: Request, program: Asked) -> Bound:
    """Keep this machine's seat of a floating licence for another lease."""
    state = request.app.state
    async with state.database.transaction() as session:
        return _bound(await machines.heartbeat(session, state.context, program.asking))


def told(verdict: Verdict) -> bytes:
    """The answer of a validation."""
    if verdict.known is None or verdict.reason is not None:
        return orjson.dumps({"valid": False, "reason": verdict.reason})
    return orjson.dumps({"valid": True, **_terms(verdict.known.policy, verdict.known.expires_at)})


def _terms(policy: Policy, expires_at: datetime | None) -> dict[str, Any]:
    return {"license_type": policy.plan, "features": policy.features, "expires_at": moment(expires_at)}


def _bound(seat: Seat) -> Bound:
    terms = _terms(seat.known.policy, seat.known.expires_at)
    return Bound(machine_id=str(seat.machine_id), lease_until=seat.lease_until, **terms)
