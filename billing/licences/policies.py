"""What a licence lets its holder do, as data: one entry for each product and plan that is licensed.

An entry counts for every licence that names it, those issued before too: its name never means anything else, and it
stays as long as there is one.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from billing.plans import PLANS, PlanName

Product = Literal["desktop", "extension"]
PRODUCTS: tuple[Product, ...] = ("desktop", "extension")


@dataclass(frozen=True)
class Policy:
    """A node-locked licence is bound to machines until they are deactivated. A floating one has seats: a machine keeps
    its own for `lease` after each heartbeat, then it is free for another.

    `offline_days`: how long a signed file is good without us. `tolerant`: a machine with one of its four components
    changed is still the same machine; otherwise all four must be equal.
    """

    name: str
    product: Product
    plan: PlanName
    floating: bool
    max_machines: int
    offline_days: int
    tolerant: bool
    lease: timedelta = timedelta(minutes=30)

    @property
    def features(self) -> list[str]:
        """What the program may do: the features of the plan."""
        return sorted(PLANS[self.plan].features)


POLICIES: dict[str, Policy] = {
    policy.name: policy
    for policy in (
        Policy("desktop-basic", "desktop", "basic", False, 1, offline_days=7, tolerant=True),
        Policy("desktop-professional", "desktop", "professional", False, 3, offline_days=14, tolerant=True),
        Policy("desktop-enterprise", "desktop", "enterprise", True, 10, offline_days=30, tolerant=True),
        Policy("extension-professional", "extension", "professional", False, 2, offline_days=3, tolerant=False),
    )
}
LONGEST_OFFLINE = timedelta(days=max(policy.offline_days for policy in POLICIES.values()))


def policy_with(plan: PlanName, product: Product = "desktop") -> Policy | None:
    """The policy of the licence that a plan brings; None for a plan that brings none."""
    return next((each for each in POLICIES.values() if (each.product, each.plan) == (product, plan)), None)
