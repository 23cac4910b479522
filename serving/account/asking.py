"""What these doors take and tell: addresses, passwords, codes, and where a request comes from."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any, cast

from fastapi import Depends, Request
from pydantic import AfterValidator, Field, StringConstraints

from accounts import audit
from accounts.audit import Action, Event
from accounts.context import Context
from accounts.errors import Refused
from accounts.identity import Caller
from accounts.lockout import service as lockout
from accounts.lockout.service import Counted
from accounts.sessions.service import Device
from accounts.users.addresses import LONGEST, read_address
from kit.database import Database
from kit.errors import BadInput
from serving import answers
from serving.access import needs
from serving.limits.addresses import client_of, subject_of


def _address(text: str) -> str:
    try:
        return read_address(text)
    except BadInput as error:
        raise ValueError(str(error)) from None


PRINTABLE = r"^[^\x00-\x1f\x7f-\x9f]*$"
Email = Annotated[
    str, StringConstraints(max_length=LONGEST), AfterValidator(_address), Field(examples=["a@example.org"])
]
Password = Annotated[str, StringConstraints(min_length=1, max_length=512)]
Token = Annotated[str, StringConstraints(min_length=1, max_length=128, pattern=r"^[A-Za-z0-9_-]+$")]
Code = Annotated[
    str,
    StringConstraints(min_length=6, max_length=16, pattern=r"^[0-9A-Za-z -]+$"),
    Field(description="Six digits of the authenticator app, or a recovery code", examples=["123456"]),
]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100, pattern=PRINTABLE)]

# The doors that change how one signs in take a session: a key that leaked must not be able to lock its owner out.
SignedIn = Annotated[Caller, Depends(needs(scope="account:write", kinds=("session",)))]


class Asked(answers.Asked):
    """A body. What it holds does not show in its repr."""

    def __repr_args__(self) -> Any:
        """Addresses, passwords, tokens: nothing of them."""
        return ()


class Told(answers.Told):
    """An answer. What it holds does not show in its repr."""

    def __repr_args__(self) -> Any:
        """Tokens, addresses: nothing of them."""
        return ()


class Accepted(Told):
    """What was asked for is under way, or not, of which nothing is said here: if there is a mail, it says so."""

    detail: str


def context_of(request: Request) -> Context:
    """What services need."""
    return cast(Context, request.app.state.context)


def database_of(request: Request) -> Database:
    """The database, in the application's role."""
    return cast(Database, request.app.state.database)


def device_of(request: Request) -> Device:
    """Where the request comes from, as far as can be told."""
    address = client_of(request.scope, request.app.state.trusted_proxies)
    return Device(request.headers.get("user-agent", ""), str(address or ""))


def client_subject(request: Request) -> str:
    """The address, or the IPv6 network, whose failures are counted together."""
    return subject_of(client_of(request.scope, request.app.state.trusted_proxies))


@asynccontextmanager
async def judged(request: Request, counted: Counted) -> AsyncIterator[None]:
    """Whoever cannot be judged below, because too many wait, has not failed: their attempt is taken away again."""
    try:
        yield
    except Refused:
        async with database_of(request).transaction() as session:
            await lockout.succeeded(session, context_of(request), counted)
        raise


@asynccontextmanager
async def lockouts_noted(request: Request, who: str) -> AsyncIterator[None]:
    """Have it in the audit trail, once an hour, when `who` is locked out below."""
    try:
        yield
    except Refused as refusal:
        if refusal.code == "locked-out":
            address = device_of(request).address
            event = Event(Action.SESSION_LOCKED, detail={"account": who, "address": address})
            async with database_of(request).transaction() as session:
                await audit.record_once(session, context_of(request), event, who, address)
        raise
