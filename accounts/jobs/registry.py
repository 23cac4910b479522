"""Every task that there is. A task is done at least once: it must bear being done twice.

Its function takes the worker's `Work` and the ids that it was deferred with, by name. It is imported by the worker
alone, so that a request which defers it need not know how it is done.
"""

from typing import NamedTuple


class Task(NamedTuple):
    """`function` is `module:name`; `every` a cron line in UTC; `attempts` how often it is tried before it is parked."""

    function: str
    priority: int = 0  # the highest first
    attempts: int = 12  # about two hours and a half
    every: str | None = None


TASKS: dict[str, Task] = {
    "mail.send": Task("accounts.mail.tasks:send", priority=10, attempts=30),  # most of a day: mail servers rest too
    "privacy.export": Task("accounts.privacy.tasks:export"),
    "privacy.expire_exports": Task("accounts.privacy.tasks:expire_exports"),
    "privacy.erase": Task("accounts.privacy.tasks:erase", attempts=60),  # for days: it is a promise
    "providers.apply_event": Task("accounts.providers.tasks:apply_event", priority=5),
    "privacy.retain": Task("accounts.privacy.tasks:retain", priority=-10),  # nightly, by Dagster's schedule
    "hooks.deliver": Task("billing.hooks.tasks:deliver", priority=2),
    "hooks.announce_release": Task("billing.hooks.tasks:announce_release", every="* * * * *"),
    "hooks.prune": Task("billing.hooks.tasks:prune", priority=-10, every="41 * * * *"),
    "audit.sign": Task("accounts.audit.tasks:sign", priority=50, every="* * * * *"),
    "jobs.retry_stalled": Task("accounts.jobs.upkeep:retry_stalled", priority=100, every="* * * * *"),
    "sessions.rotate_keys": Task("accounts.sessions.tasks:rotate_keys", every="11 4 * * *"),
    "credits.settle": Task("billing.credits.tasks:settle", every="* * * * *"),
    "credits.settle_owed": Task("billing.payments.tasks:settle_owed", priority=5, attempts=30),
    "stripe.mirror": Task("billing.stripe.events.tasks:mirror", priority=8, attempts=30),  # most of a day
    "stripe.prune": Task("billing.stripe.events.tasks:prune", priority=-10, every="47 * * * *"),
    "customers.forget_left": Task("billing.customers.tasks:forget_left", every="* * * * *"),
    "subscriptions.derive_due": Task("billing.subscriptions.tasks:derive_due", every="* * * * *"),
    "subscriptions.end_returned": Task("billing.subscriptions.tasks:end_returned", priority=5, attempts=30),
    "subscriptions.end_covered": Task("billing.subscriptions.tasks:end_covered", priority=5, attempts=30),
    "uses.prune": Task("billing.uses.tasks:prune", priority=-10, every="29 4 * * *"),
    "subscriptions.grant_due": Task("billing.subscriptions.tasks:grant_due", every="*/5 * * * *"),
    "overage.settle": Task("billing.overage.tasks:settle", every="*/5 * * * *"),
    "jobs.prune": Task("accounts.jobs.upkeep:prune", priority=-10, every="17 * * * *"),
}
