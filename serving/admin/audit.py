"""The audit trail, read by administrators; that it was read stands in it too."""

import uuid
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import Field

from accounts import audit
from accounts.audit import Action, Event
from accounts.audit.filters import Filter
from accounts.audit.service import entries
from serving.admin.asking import Moment, Reader, Why, act, transaction
from serving.answers import Asked, Told

router = APIRouter(prefix="/audit")


class Filters(Asked):
    """Which entries; everything that is given must hold."""

    action: Action | None = None
    user_id: uuid.UUID | None = Field(default=None, description="Whom it is about")
    actor_id: uuid.UUID | None = Field(default=None, description="Which user did it")
    since: Moment | None = None
    until: Moment | None = None
    cursor: int | None = Field(default=None, ge=1, le=2**63 - 1, description="`next` of the page before")
    limit: int = Field(default=50, ge=1, le=500)


class Entry(Told):
    """One event. `detail` opens while the person is known; `erased` says that there was one."""

    seq: int
    at: datetime
    action: str
    user_id: uuid.UUID | None
    actor_kind: str
    actor_id: uuid.UUID | None
    facts: dict[str, Any]
    detail: dict[str, Any] | None
    erased: bool


class Page(Told):
    """Events, newest first. `next` is the cursor of the next page, null on the last."""

    entries: list[Entry]
    next: int | None


@router.get("")
async def read_audit(request: Request, caller: Reader, reason: Why, filters: Annotated[Filters, Query()]) -> Page:
    """Who did what to whom, newest first."""
    context, asked = request.app.state.context, act(caller, reason)
    wanted = Filter(filters.action, filters.user_id, filters.actor_id, filters.since, filters.until, filters.cursor)
    async with transaction(request) as session:
        found = await entries(session, context, wanted, filters.limit + 1)
        event = Event(Action.ADMIN_READ_AUDIT, filters.user_id, asked.actor, {"reason": asked.reason})
        await audit.record(session, context, event)
    shown = [Entry.model_validate(each) for each in found[: filters.limit]]
    return Page(entries=shown, next=shown[-1].seq if len(found) > filters.limit else None)
