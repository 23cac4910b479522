"""What every administrators' door takes: who asks, why, and a transaction as payband_admin."""

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends, Header, Path, Request
from pydantic import AwareDatetime, Field, StringConstraints
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.administration.service import Act
from accounts.audit import Actor
from accounts.identity import Caller
from serving.access import needs

Reason = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=3, max_length=500, pattern=r"^[^\x00-\x1f\x7f]*$"),
    Field(description="Why; it is kept in the audit trail", examples=["ticket 4711: asked for by the customer"]),
]
Reader = Annotated[Caller, Depends(needs(scope="admin:read", role="admin"))]
Writer = Annotated[Caller, Depends(needs(scope="admin:write", role="admin"))]
Why = Annotated[Reason, Header(alias="X-Reason")]
UserId = Annotated[uuid.UUID, Path(description="The user's id")]
Moment = Annotated[AwareDatetime, Field(ge=datetime(2000, 1, 1, tzinfo=UTC), lt=datetime(2200, 1, 1, tzinfo=UTC))]


def act(caller: Caller, reason: str) -> Act:
    """Who does it, and why."""
    return Act(Actor("admin", caller.user_id), reason)


@asynccontextmanager
async def transaction(request: Request) -> AsyncIterator[AsyncSession]:
    """One transaction of the role that sees every user."""
    async with request.app.state.administration.transaction() as session:
        yield session
