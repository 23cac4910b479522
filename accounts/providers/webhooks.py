"""Webhooks of providers that speak Clerk's words: who was made, changed or deleted there.

The signature is that of Standard Webhooks; Svix's header names for the same are taken too.
"""

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy.ext.asyncio import AsyncSession
from standardwebhooks import Webhook, WebhookVerificationError

from accounts import jobs
from accounts.context import Context
from accounts.errors import Refused
from accounts.providers import repository
from accounts.providers.service import subject_digest
from kit.identifiers import uuid7

KINDS = ("user.created", "user.updated", "user.deleted")
TOLD = "provider-events"  # the purpose that what an event told is sealed for
HEADERS = ("id", "timestamp", "signature")
LATEST_MS = 253_402_300_799_000  # the end of the year 9999
ID = r"^[\x21-\x7e]{1,128}$"


class Address(BaseModel):
    """One address of a user there."""

    model_config = ConfigDict(extra="ignore")

    id: str = Field(max_length=128)
    email_address: str = Field(max_length=320)
    verification: dict[str, object] | None = None


class Person(BaseModel):
    """The user there, as far as we want to know."""

    model_config = ConfigDict(extra="ignore")

    id: str = Field(pattern=r"^[\x20-\x7e]{1,255}$")
    updated_at: int | None = Field(default=None, ge=0, le=LATEST_MS)  # milliseconds
    primary_email_address_id: str | None = Field(default=None, max_length=128)
    email_addresses: list[Address] = Field(default=[], max_length=100)
    first_name: str | None = Field(default=None, max_length=200)
    last_name: str | None = Field(default=None, max_length=200)


class Envelope(BaseModel):
    """What every event has."""

    model_config = ConfigDict(extra="ignore")

    type: str = Field(max_length=100)


class Event(Envelope):
    """One of KINDS."""

    timestamp: int | None = Field(default=None, ge=0, le=LATEST_MS)  # milliseconds
    data: Person


class Told(BaseModel):
    """What is kept of an event until it is applied."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    subject: str
    email: str | None
    email_verified: bool
    name: str | None
    at: datetime  # how new it is, by the provider's own clock


def signed(context: Context, provider: str, body: bytes, headers: Mapping[str, str]) -> str:
    """The id of a message whose signature is good and fresh (5 minutes). Raises Refused for any other."""
    configured = context.providers.get(provider)
    secret = None if configured is None else configured.webhook_secret
    if secret is None:
        raise Refused("not-found", f"This installation takes no webhooks of {provider}.")
    given = {f"webhook-{name}": headers.get(f"webhook-{name}") or headers.get(f"svix-{name}") or "" for name in HEADERS}
    try:
        Webhook(secret.get_secret_value()).verify(body, given, json_parse=False)
    except (WebhookVerificationError, ValueError):
        raise Refused("invalid-signature", "The webhook's signature is missing, wrong or too old.") from None
    return given["webhook-id"]


def read(body: bytes) -> Event | None:
    """The event; None for one of a kind that is nothing to us. Raises Refused for what is no event."""
    try:
        if Envelope.model_validate_json(body).type not in KINDS:
            return None
        event = Event.model_validate_json(body)
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['type']}" for fault in error.errors()[:5])
        raise Refused("malformed-body", f"This is no event that we know: {faults}") from None
    if event.type != "user.deleted" and event.data.updated_at is None:
        raise Refused("malformed-body", "This is no event that we know: data.updated_at: missing")
    return event


async def receive(session: AsyncSession, context: Context, provider: str, event_id: str, event: Event) -> bool:
    """Keep an event and have it applied; False when it was received before.

    Events of one subject are applied one after the other.
    """
    now = context.clock()
    digest = subject_digest(context, provider, event.data.id)
    told = _told(event, now).model_dump_json().encode()
    row_id = uuid7(now)
    new = await repository.add_event(
        session,
        id=row_id,
        provider=provider,
        event_id=event_id,
        kind=event.type,
        subject_digest=digest,
        told_sealed=context.secrets.seal(TOLD, told, str(row_id)),
        received_at=now,
    )
    if new:
        await jobs.defer(session, "providers.apply_event", lock=f"{provider}:{digest.hex()}", event_id=row_id)
    return new


def opened(context: Context, row_id: uuid.UUID, sealed: bytes) -> Told:
    """What `receive` kept."""
    return Told.model_validate_json(context.secrets.open(TOLD, sealed, str(row_id)))


def _told(event: Event, now: datetime) -> Told:
    person = event.data
    primary = next((each for each in person.email_addresses if each.id == person.primary_email_address_id), None)
    verified = primary is not None and (primary.verification or {}).get("status") == "verified"
    name = " ".join(part for part in (person.first_name, person.last_name) if part)
    moment = person.updated_at or event.timestamp
    return Told(
        subject=person.id,
        email=None if primary is None else primary.email_address,
        email_verified=verified,
        name=name if name and name.isprintable() else None,
        at=now if moment is None else datetime.fromtimestamp(moment / 1000, UTC),
    )
