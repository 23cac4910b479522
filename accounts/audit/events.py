"""What the audit trail tells of: a closed list of actions, who did them, and what more is kept of each."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from accounts.identity import Caller


class Action(StrEnum):
    """Everything that is recorded, as noun.verb_past; a new kind of act gets a line here."""

    USER_REGISTERED = "user.registered"
    USER_PROVISIONED = "user.provisioned"  # made by another identity provider
    EMAIL_VERIFIED = "email.verified"
    EMAIL_CHANGED = "email.changed"
    USER_CHANGED = "user.changed"
    ROLE_CHANGED = "role.changed"
    PLAN_CHANGED = "plan.changed"
    USER_SUSPENDED = "user.suspended"
    USER_REINSTATED = "user.reinstated"

    SESSION_STARTED = "session.started"
    SESSION_REFUSED = "session.refused"  # a sign-in that failed
    SESSION_LOCKED = "session.locked"  # too many of those
    SESSION_ENDED = "session.ended"
    SESSION_REPLAYED = "session.replayed"  # an old refresh token came again: its family is revoked
    MAGIC_LINK_ASKED = "magic_link.asked"
    PASSWORD_RESET_ASKED = "password.reset_asked"  # noqa: S105  the name of an act
    PASSWORD_RESET = "password.reset"  # noqa: S105
    PASSWORD_CHANGED = "password.changed"  # noqa: S105
    SECOND_FACTOR_ENABLED = "second_factor.enabled"
    SECOND_FACTOR_DISABLED = "second_factor.disabled"
    RECOVERY_CODE_USED = "recovery_code.used"
    PROVIDER_LINKED = "provider.linked"
    PROVIDER_UNLINKED = "provider.unlinked"

    KEY_CREATED = "key.created"
    KEY_CHANGED = "key.changed"
    KEY_ROTATED = "key.rotated"
    KEY_REVOKED = "key.revoked"
    KEY_REFUSED = "key.refused"  # a good key from an address that it does not allow

    LICENCE_ISSUED = "licence.issued"
    LICENCE_RENEWED = "licence.renewed"
    LICENCE_CHANGED = "licence.changed"  # its policy, with the plan that it came with
    LICENCE_ENDED = "licence.ended"  # before its time, with what it came with; renewed it is good again
    LICENCE_SUSPENDED = "licence.suspended"
    LICENCE_REINSTATED = "licence.reinstated"
    LICENCE_REVOKED = "licence.revoked"
    LICENCE_OFFERED = "licence.offered"  # to whoever has the code
    LICENCE_TRANSFERRED = "licence.transferred"  # its holder has it no more,
    LICENCE_TAKEN = "licence.taken"  # somebody else does
    LICENCE_FILE_MADE = "licence.file_made"  # by which it is good without us
    MACHINE_ACTIVATED = "machine.activated"
    MACHINE_DEACTIVATED = "machine.deactivated"

    CREDITS_GRANTED = "credits.granted"
    CREDITS_ADJUSTED = "credits.adjusted"  # by an administrator, either way
    CREDIT_CODE_CREATED = "credit_code.created"
    CREDIT_CODE_REDEEMED = "credit_code.redeemed"

    PAYMENT_MADE = "payment.made"  # what went back of it stands in its row
    SUBSCRIPTION_BEGUN = "subscription.begun"
    SUBSCRIPTION_CHANGED = "subscription.changed"
    SUBSCRIPTION_CANCELLED = "subscription.cancelled"  # from now on, or from the end of its period
    SUBSCRIPTION_RESUMED = "subscription.resumed"
    OVERAGE_CHOSEN = "overage.chosen"  # to pay for requests above the limit, up to a cap,
    OVERAGE_GIVEN_UP = "overage.given_up"  # and no longer
    TAX_ID_ADDED = "tax_id.added"
    TAX_ID_REMOVED = "tax_id.removed"
    PURCHASE_REFUSED = "purchase.refused"

    HOOK_CREATED = "hook.created"  # a subscriber's own address that is told what happens
    HOOK_CHANGED = "hook.changed"
    HOOK_SECRET_ROTATED = "hook.secret_rotated"  # noqa: S105
    HOOK_DISABLED = "hook.disabled"
    HOOK_DELETED = "hook.deleted"

    FLAG_CHANGED = "flag.changed"  # how many have what is let out by and by

    LIMIT_EXCEEDED = "limit.exceeded"
    WEBHOOK_REFUSED = "webhook.refused"

    EXPORT_ASKED = "export.asked"
    EXPORT_MADE = "export.made"
    EXPORT_DOWNLOADED = "export.downloaded"
    EXPORT_EXPIRED = "export.expired"
    DELETION_STARTED = "deletion.started"
    DELETION_CANCELLED = "deletion.cancelled"
    USER_ERASED = "user.erased"
    RETENTION_APPLIED = "retention.applied"

    ADMIN_LISTED_USERS = "admin.users_listed"
    ADMIN_VIEWED_USER = "admin.user_viewed"
    ADMIN_READ_AUDIT = "admin.audit_read"
    SIGNING_KEY_ROTATED = "signing_key.rotated"


ActorKind = Literal["user", "admin", "operator", "system", "provider", "nobody"]

# Fields that say nothing of a person: code words, names of plans and limits, ids, counts. They stay readable when the
# person is erased; every other field is sealed under the person's key or, of nobody known, digested.
PLAIN = frozenset({
    "after", "amount", "before", "code_id", "count", "currency", "days", "endpoint", "environment", "expires_at",
    "export_id", "family_id", "flag", "hook_id", "key_id", "kind", "licence_id", "limit", "machine_id", "method",
    "mode", "offer", "operation_id", "payment_id", "plan", "policy", "prefix", "provider", "refusal", "role",
    "scopes", "session_id", "status", "subscription", "tables",
})  # fmt: skip
Value = str | int | bool | None


@dataclass(frozen=True)
class Actor:
    """Who did it; `id` is the user's, where it is one."""

    kind: ActorKind
    id: uuid.UUID | None = None

    @classmethod
    def of(cls, caller: Caller) -> "Actor":
        """The one who asks, about their own things."""
        return cls("user", caller.user_id)


NOBODY = Actor("nobody")  # a request without proof of who asks
OPERATOR = Actor("operator")  # a command on the machine itself
SYSTEM = Actor("system")  # a job by the clock


@dataclass(frozen=True)
class Event:
    """One thing that happened; `user_id` is whom it is about, if that is known.

    `detail` may hold anything short: what is not in PLAIN is encrypted under the key of the user (of the actor, when
    there is no user), and when there is neither only its keyed digest is kept.
    """

    action: Action
    user_id: uuid.UUID | None = None
    actor: Actor = NOBODY
    detail: Mapping[str, Value] = field(default_factory=dict)
