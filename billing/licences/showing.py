"""Licences as their holders and operators see them."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from accounts.context import Context
from billing.licences.models import Licence, Machine
from billing.licences.policies import POLICIES


@dataclass(frozen=True)
class ShownMachine:
    """A machine of a licence."""

    id: uuid.UUID
    app_version: str
    activated_at: datetime
    last_seen_at: datetime
    lease_until: datetime | None


@dataclass(frozen=True)
class ShownLicence:
    """A licence without its key. `state` is its status, or "expired"."""

    id: uuid.UUID
    user_id: uuid.UUID
    prefix: str
    policy: str
    product: str
    license_type: str
    state: str
    issued_at: datetime
    expires_at: datetime | None
    max_machines: int
    machines: list[ShownMachine]
    validations: int
    last_validated_at: datetime | None


def shown(context: Context, licence: Licence, machines: list[Machine]) -> ShownLicence:
    """A licence with those of its machines that count now."""
    policy, now = POLICIES[licence.policy], context.clock()
    over = licence.expires_at is not None and licence.expires_at <= now
    return ShownLicence(
        id=licence.id,
        user_id=licence.user_id,
        prefix=licence.prefix,
        policy=policy.name,
        product=policy.product,
        license_type=policy.plan,
        state="expired" if licence.status == "active" and over else licence.status,
        issued_at=licence.issued_at,
        expires_at=licence.expires_at,
        max_machines=policy.max_machines,
        machines=[
            ShownMachine(each.id, each.app_version, each.activated_at, each.last_seen_at, each.lease_until)
            for each in machines
            if each.lease_until is None or each.lease_until > now
        ],
        validations=licence.validations,
        last_validated_at=licence.last_validated_at,
    )
