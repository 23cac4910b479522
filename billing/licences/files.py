"""Signed texts by which programs know without us that a licence is good: files, and the list of those that are not.

Anybody can check them with the public key; clients/python does. The format is said there too (reading.py), because what
checks must share no code with us.
"""

import base64
import json
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from accounts import audit
from accounts.audit import NOBODY, Action, Event
from accounts.context import Context
from accounts.errors import Refused
from billing.licences import repository
from billing.licences.fingerprints import COMPONENTS, TOLERATED
from billing.licences.machines import Asking, own
from billing.licences.models import Machine
from billing.licences.policies import LONGEST_OFFLINE
from billing.licences.validation import Known, match
from kit.identifiers import uuid7
from kit.signing import Signer

LICENCE, REVOCATIONS = "payband-licence-1", "payband-revocations-1"


def signer(context: Context) -> Signer:
    """What files are signed with."""
    return Signer(context.secrets, "licences")


async def offline_file(session: AsyncSession, context: Context, asking: Asking) -> str:
    """A file by which the licence is good on this machine without us, for the days that its policy gives.

    A seat of a floating licence is held for so long. Raises Refused: licence-not-valid, machine-not-activated, or
    no-machine-left while files of as many other machines are good as the licence may be bound to.
    """
    found, machine = await own(session, context, asking)
    now, policy = context.clock(), found.policy
    ends = min(filter(None, (now + timedelta(days=policy.offline_days), found.expires_at)))
    await _take_place(session, context, found, machine, ends)
    if policy.floating:
        await repository.change_machine(session, machine.id, lease_until=ends)
    counter = await repository.next_file(session, found.licence_id)
    named = {"licence_id": str(found.licence_id), "machine_id": str(machine.id)}
    event = Event(Action.LICENCE_FILE_MADE, found.user_id, NOBODY, {**named, "count": counter})
    await audit.record(session, context, event)
    told = {
        "licence": str(found.licence_id),
        "product": policy.product,
        "license_type": policy.plan,
        "features": policy.features,
        "fingerprint": asking.fingerprint,
        "equal_components": TOLERATED if policy.tolerant else COMPONENTS,
        "counter": counter,
        "issued_at": _seconds(now),
        "expires_at": _seconds(ends),
    }
    return _signed(context, LICENCE, told)


async def _take_place(session: AsyncSession, context: Context, found: Known, machine: Machine, ends: datetime) -> None:
    """Or a licence could be unbound and bound again, with a good file left behind on any number of machines."""
    live = await repository.live_files(session, found.licence_id, context.clock())
    before = match(found.policy, live, machine.components)
    if before is None and len(live) >= found.policy.max_machines:
        free = min(each.expires_at for each in live)
        told = f"Files of {len(live)} other machines are good, the first of them until {free:%Y-%m-%d %H:%M} UTC."
        raise Refused("no-machine-left", told)
    owner = {"id": uuid7(context.clock()), "user_id": found.user_id, "licence_id": found.licence_id}
    # Of a machine that changes bit by bit what it was first: no file is good on two that have little in common.
    # And as long as any that it has: the one before may end later, where the licence was given an earlier end since.
    file = {
        "components": before.components if before else machine.components,
        "expires_at": max(ends, before.expires_at) if before else ends,
    }
    await repository.replace_file(session, before.id if before else None, **owner, **file)


async def revocation_list(session: AsyncSession, context: Context) -> str:
    """Every licence that is suspended, revoked, handed on, gone, or over before its time, as long as a file of it may
    still be about.
    """
    now = context.clock()
    revoked = await repository.revoked_since(session, now - LONGEST_OFFLINE)
    found = sorted({*revoked, *await repository.outlived(session, now)})
    return _signed(context, REVOCATIONS, {"issued_at": _seconds(now), "licences": [str(each) for each in found]})


def _signed(context: Context, kind: str, told: dict[str, Any]) -> str:
    payload = base64.urlsafe_b64encode(json.dumps(told, sort_keys=True).encode()).decode().rstrip("=")
    return f"{kind}.{payload}.{signer(context).sign(f'{kind}.{payload}'.encode())}\n"


def _seconds(moment: datetime) -> int:
    return int(moment.timestamp())
