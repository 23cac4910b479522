"""Bind licences to machines, and keep the seats of floating ones. Whoever has the key may: it is the credential."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from accounts import audit
from accounts.audit import NOBODY, Action, Actor, Event
from accounts.context import Context
from accounts.errors import Refused
from billing.licences import repository
from billing.licences.fingerprints import components_of
from billing.licences.models import Machine
from billing.licences.validation import Known, known, match
from kit.identifiers import uuid7

WHY = {
    "malformed-key": "The licence key is mistyped.",
    "unknown-key": "There is no licence with this key.",
    "wrong-product": "The licence is for another product.",
    "account-suspended": "The account that holds the licence is suspended.",
    "suspended": "The licence is suspended.",
    "revoked": "The licence is revoked.",
    "transferred": "The licence was handed on: its new holder has another key.",
    "expired": "The licence is over.",
}


@dataclass(frozen=True)
class Asking:
    """The program that asks: its licence's key, the machine that it runs on, its version, and which one it is."""

    key: str
    fingerprint: str
    app_version: str
    product: str | None = None


@dataclass(frozen=True)
class Seat:
    """A machine that a licence is bound to; until `lease_until`, where it is a seat of a floating one."""

    known: Known
    machine_id: uuid.UUID
    lease_until: datetime | None


async def activate(session: AsyncSession, context: Context, asking: Asking) -> Seat:
    """Bind the licence to the machine, or give it a seat; one that is bound already is brought up to date.

    Raises Refused: licence-not-valid, no-machine-left.
    """
    found, now = await _good(session, context, asking), context.clock()
    shown = components_of(context.secrets, asking.fingerprint)
    machines = await _bound(session, found, now)
    machine = match(found.policy, machines, shown)
    lease = _lease(found, machine, now)
    seen = {"components": shown, "app_version": asking.app_version, "last_seen_at": now, "lease_until": lease}
    if machine is not None:
        await repository.change_machine(session, machine.id, **seen)
        return Seat(found, machine.id, lease)
    if len(machines) >= found.policy.max_machines:
        held = "All seats are taken" if found.policy.floating else "The licence is bound to other machines"
        raise Refused("no-machine-left", f"{held}: it has {found.policy.max_machines}.")
    number = uuid7(now)
    owner = {"id": number, "user_id": found.user_id, "licence_id": found.licence_id, "activated_at": now}
    await repository.add_machine(session, **owner, **seen)
    await _record(session, context, Action.MACHINE_ACTIVATED, found.user_id, found.licence_id, number, NOBODY)
    return Seat(found, number, lease)


async def deactivate(session: AsyncSession, context: Context, asking: Asking) -> Seat:
    """Unbind the machine, or give its seat back. Raises Refused: licence-not-valid, machine-not-activated."""
    found, machine = await own(session, context, asking)
    await repository.remove_machines(session, [machine.id])
    await _record(session, context, Action.MACHINE_DEACTIVATED, found.user_id, found.licence_id, machine.id, NOBODY)
    return Seat(found, machine.id, None)


async def heartbeat(session: AsyncSession, context: Context, asking: Asking) -> Seat:
    """Keep the machine's seat for another lease; of a node-locked licence nothing need be kept.

    Raises Refused: licence-not-valid, machine-not-activated, which a machine is whose seat was not kept in time.
    """
    found, machine = await own(session, context, asking)
    lease = _lease(found, machine, context.clock())
    if lease is not None:
        await repository.change_machine(session, machine.id, lease_until=lease, app_version=asking.app_version)
    return Seat(found, machine.id, lease)


async def remove(session: AsyncSession, context: Context, user_id: uuid.UUID, machine_id: uuid.UUID) -> None:
    """Unbind a machine that its user has no more. Raises Refused (not-found), also for another user's."""
    machine = await repository.machine(session, machine_id)
    if machine is None or machine.user_id != user_id:
        raise Refused("not-found", f"There is no machine {machine_id}.")
    await repository.remove_machines(session, [machine_id])
    actor = Actor("user", user_id)
    await _record(session, context, Action.MACHINE_DEACTIVATED, user_id, machine.licence_id, machine_id, actor)


async def own(session: AsyncSession, context: Context, asking: Asking) -> tuple[Known, Machine]:
    """The licence, and the machine that asks, which it is bound to; held until the transaction ends.

    Raises Refused: licence-not-valid, machine-not-activated.
    """
    found = await _good(session, context, asking)
    machines = await _bound(session, found, context.clock())
    machine = match(found.policy, machines, components_of(context.secrets, asking.fingerprint))
    if machine is None:
        raise Refused("machine-not-activated", "The licence is not bound to this machine: activate it first.")
    return found, machine


def _lease(found: Known, machine: Machine | None, now: datetime) -> datetime | None:
    """Until when a machine has its seat; one that is held for an offline file is not given up before."""
    if not found.policy.floating:
        return None
    held = machine.lease_until if machine is not None else None
    return max(now + found.policy.lease, held or now)


async def _good(session: AsyncSession, context: Context, asking: Asking) -> Known:
    """The licence, held until the transaction ends: two machines that ask at once count one after the other."""
    found = await known(session, asking.key)
    if isinstance(found, Known):
        await repository.by_id(session, found.licence_id, to_change=True)
        found = await known(session, asking.key)  # what it was while somebody else held it does not count
    reason = found.refusal(asking.product, context.clock()) if isinstance(found, Known) else found
    if reason is not None or not isinstance(found, Known):
        raise Refused("licence-not-valid", WHY[str(reason)])
    return found


async def _bound(session: AsyncSession, found: Known, now: datetime) -> list[Machine]:
    """The licence's machines; seats that were not kept in time are free."""
    machines = await repository.machines(session, [found.licence_id])
    over = [each.id for each in machines if each.lease_until is not None and each.lease_until <= now]
    if over:
        await repository.remove_machines(session, over)
    return [each for each in machines if each.id not in over]


async def _record(
    session: AsyncSession,
    context: Context,
    action: Action,
    user_id: uuid.UUID,
    licence_id: uuid.UUID,
    machine_id: uuid.UUID,
    actor: Actor,
) -> None:
    told = {"licence_id": str(licence_id), "machine_id": str(machine_id)}
    await audit.record(session, context, Event(action, user_id, actor, told))
