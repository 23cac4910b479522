"""How a refusal for haste is told."""

from serving.limits.rates import Verdict
from serving.problems import Problem

LIMITED = "payband.limited"  # in the request's scope: fields about limits, for its answer
SAID = {"burst": "too many at once", "hour": "the plan's requests of an hour are used up"}


def refuse(verdict: Verdict) -> Problem:
    """The problem of a verdict that does not admit; its fields travel in the scope, as those of any answer do."""
    told = "; ".join(f"{name} ({SAID.get(name, 'too many from this address')})" for name in verdict.exceeded)
    return Problem("rate-limited", f"Over the limit: {told}. Retry-After says when to ask again.")
