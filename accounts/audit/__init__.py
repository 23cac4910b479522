"""The audit trail: what happened, to whom, by whom; appended to, and never changed.

    from accounts import audit

    told = {"key_id": str(key_id), "name": name}
    event = audit.Event(audit.Action.KEY_CREATED, user_id, audit.Actor.of(caller), told)
    await audit.record(session, context, event)

in the transaction of the act itself: both are kept or neither. Rows are chained by their hashes over what is stored,
and that is ciphertext where it is personal: destroying a person's key erases the person and leaves the chain whole.
"""

from accounts.audit.events import NOBODY, OPERATOR, SYSTEM, Action, Actor, Event
from accounts.audit.service import record, record_once

__all__ = ["NOBODY", "OPERATOR", "SYSTEM", "Action", "Actor", "Event", "record", "record_once"]
