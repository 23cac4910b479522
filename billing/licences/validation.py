"""Whether a licence is good on a machine, and if not why."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

from accounts.context import Context
from billing.licences import repository
from billing.licences.fingerprints import COMPONENTS, KIN, TOLERATED, components_of, equal
from billing.licences.models import Machine, OfflineFile
from billing.licences.policies import POLICIES, Policy
from billing.licences.service import hash_of
from billing.licences.text import read_key
from kit.database import act_for

Recognised = TypeVar("Recognised", Machine, OfflineFile)
Reason = Literal[
    "malformed-key",  # mistyped: its check is wrong
    "unknown-key",
    "wrong-product",
    "account-suspended",
    "suspended",
    "revoked",
    "transferred",
    "expired",
    "machine-not-activated",
    "hardware-changed",  # more than the policy tolerates, since the machine was activated
    "seat-expired",  # the machine had a seat and sent no heartbeat in time
]


@dataclass(frozen=True)
class Known:
    """The licence that a key names, whatever its state."""

    licence_id: uuid.UUID
    user_id: uuid.UUID
    policy: Policy
    status: str
    expires_at: datetime | None
    user_status: str

    def refusal(self, product: str | None, now: datetime) -> Reason | None:
        """Why it is good on no machine at all; None when it is on those that it is bound to."""
        if product is not None and product != self.policy.product:
            return "wrong-product"
        if self.user_status in ("suspended", "erased"):
            return "account-suspended"
        if self.status != "active":
            return self.status  # type: ignore[return-value]  # the table's own check says which there are
        return "expired" if self.expires_at is not None and self.expires_at <= now else None


@dataclass(frozen=True)
class Verdict:
    """What was found. `until` is when it ends by itself, if it is known to; `known` is None for no licence of ours."""

    reason: Reason | None  # None: it is good
    known: Known | None = None
    machine_id: uuid.UUID | None = None
    until: datetime | None = None

    @property
    def subjects(self) -> tuple[str, ...]:
        """What a change of which makes this out of date, as the database names it."""
        return (f"licence:{self.known.licence_id}", f"user:{self.known.user_id}") if self.known else ()


async def known(session: AsyncSession, key: str) -> Known | Reason:
    """The licence with this key; why not, for none. The transaction is its holder's from here on."""
    written = read_key(key)
    if written is None:
        return "malformed-key"
    row: Any = await repository.by_hash(session, hash_of(written))
    if row is None:
        return "unknown-key"
    await act_for(session, row.user_id)
    policy = POLICIES[row.policy]
    return Known(row.licence_id, row.user_id, policy, row.status, row.expires_at, row.user_status)


async def validate(
    session: AsyncSession, context: Context, key: str, fingerprint: str, product: str | None = None
) -> Verdict:
    """Whether the licence with this key is good on this machine, for this product if one is named; changes nothing.

    Raises ValueError for what is no fingerprint.
    """
    shown, now = components_of(context.secrets, fingerprint), context.clock()
    found = await known(session, key)
    if not isinstance(found, Known):
        return Verdict(found)
    if (reason := found.refusal(product, now)) is not None:
        return Verdict(reason, found)
    machines = await repository.machines(session, [found.licence_id])
    machine = match(found.policy, machines, shown)
    if machine is None:
        kin = any(equal(each.components, shown) >= KIN for each in machines)
        return Verdict("hardware-changed" if kin else "machine-not-activated", found)
    if machine.lease_until is not None and machine.lease_until <= now:
        return Verdict("seat-expired", found)
    ends = [moment for moment in (found.expires_at, machine.lease_until) if moment is not None]
    return Verdict(None, found, machine.id, min(ends, default=None))


def match(policy: Policy, machines: Sequence[Recognised], shown: Sequence[bytes]) -> Recognised | None:
    """Which of the machines it is that shows these components: the one that is most like it, if it is enough so."""
    best = max(machines, key=lambda each: equal(each.components, shown), default=None)
    enough = TOLERATED if policy.tolerant else COMPONENTS
    return best if best is not None and equal(best.components, shown) >= enough else None
