"""A subscription changed while it runs: its items, its trial, its period."""

from typing import Any

from tests.peers.stripe import changes, lifecycle, lines, subscriptions
from tests.peers.stripe.errors import invalid
from tests.peers.stripe.peer import Object, Peer

CHANGING = {"items", "trial_end", "billing_cycle_anchor"}


def alter(peer: Peer, sub: Object, given: dict[str, Any], members: dict[str, Any]) -> None:
    """Put a change into force. Raises Refusal, with nothing changed, for one that cannot be or must not fail."""
    if not CHANGING & given.keys():
        sub.update(members)
        return
    if sub["status"] == "incomplete":
        raise invalid("You cannot update a subscription in `incomplete` status in a way that changes its invoice.")
    behavior = given.get("proration_behavior", "create_prorations")
    until = given.get("trial_end")
    trial_ends = until == "now" and sub["status"] == "trialing"
    anew = trial_ends or given.get("billing_cycle_anchor") == "now"
    at = given.get("proration_date", peer.now)
    plan = changes.plan(peer, sub, given.get("items", []), behavior=behavior, at=at, reset=anew)
    if isinstance(until, int):
        plan = _on_trial(peer, plan, until)
        members |= {"trial_end": until, "trial_start": sub["trial_start"] or peer.now, "billing_cycle_anchor": until}
        members |= {"status": "trialing", "_trial_end_told": False}
    at_once = plan.reset or (behavior == "always_invoice" and bool(plan.prorations))
    if at_once and given.get("payment_behavior") == "error_if_incomplete":
        subscriptions.payable(peer, sub | members, "error_if_incomplete", True)
    changes.keep(peer, plan)
    sub.update(members)
    if sub["cancel_at_period_end"]:
        sub["cancel_at"] = plan.new[0]["current_period_end"]
    lines.pend(peer, sub, plan.prorations)
    if plan.reset:
        sub |= {"billing_cycle_anchor": peer.now}
        sub |= {"trial_end": peer.now, "status": "active"} if trial_ends else {}
    if at_once:
        how = {"collect": given.get("payment_behavior") != "default_incomplete"}
        how |= {"off_session": given.get("off_session", False)}
        lifecycle.charge_now(peer, sub, lines.of_period(peer, sub, plan.new) if plan.reset else [], **how)


def _on_trial(peer: Peer, plan: changes.Plan, until: int) -> changes.Plan:
    if until <= peer.now:
        raise invalid("Invalid timestamp: must be in the future.", param="trial_end")
    new = [each | {"current_period_start": peer.now, "current_period_end": until} for each in plan.new]
    return changes.Plan(plan.old, new, reset=False, prorations=plan.prorations)
