"""A user's customer in Stripe: made when it is first needed, once, and deleted there when the user is erased.

Stripe is told the user's id and, for its receipts, the address. It is asked to make the customer by the id alone and
under a key made of it, so that whoever asks again (because we were killed before we could keep the answer, or beside
somebody else) is given the same customer, whatever has become of the address meanwhile.
"""

import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession
from stripe import Customer as StripeCustomer
from stripe import InvalidRequestError, StripeClient

from accounts.context import Context
from accounts.errors import Refused
from accounts.users import repository as users
from accounts.users.service import EMAIL
from accounts.vault import service as vault
from billing.customers import repository
from billing.money import CURRENCIES, Currency, currency_of
from billing.stripe.client import ask
from kit.database import Database

MARK = "payband_user"  # in the metadata of a customer of ours, with the user's id


@dataclass(frozen=True)
class Payer:
    """A user as Stripe knows them. `currency` is the one that Stripe has settled on for them; None: any of ours."""

    user_id: uuid.UUID
    stripe_id: str
    currency: Currency | None


async def of(database: Database, context: Context, client: StripeClient, user_id: uuid.UUID) -> Payer:
    """The user's customer, made if there is none. Opens its own transactions: call it outside of any.

    Raises StripeAway or Permanent, and vault.Erased for a user who was erased.
    """
    async with database.transaction(user_id) as session:
        known = await of_user(session, user_id)
        address = None if known is not None else await _address(session, context, user_id)
    if known is not None:
        return known
    made = await ask(lambda: _make(client, user_id, address))
    async with database.transaction(user_id) as session:
        await repository.add(session, user_id, made.id, context.clock())
        kept = await of_user(session, user_id)
    assert kept is not None  # noqa: S101  added above, by us or by a twin
    return kept


async def of_user(session: AsyncSession, user_id: uuid.UUID) -> Payer | None:
    """The user's customer, if there is one."""
    found = await repository.of_user(session, user_id)
    if found is None:
        return None
    settled = next((code for code in CURRENCIES if code == found.currency), None)
    return Payer(user_id, found.stripe_id, settled)


async def currency(session: AsyncSession, user_id: uuid.UUID, asked: Currency | None) -> Currency:
    """What the user pays in: what is asked for, else what Stripe has settled on, else that of the account's region.

    Raises Refused (currency-mismatch) where another is asked for than Stripe has settled on.
    """
    payer = await of_user(session, user_id)
    settled = payer.currency if payer is not None else None
    if asked is not None and settled is not None and asked != settled:
        raise Refused("currency-mismatch", f"currency: you pay in {settled}, and cannot in {asked} beside it.")
    if asked or settled:
        return asked or settled or "USD"
    user = await users.by_id(session, user_id)
    return currency_of(user.region if user is not None else None)


async def mirror(session: AsyncSession, context: Context, found: dict[str, Any]) -> None:
    """Take over what Stripe has of a customer: one of ours that we did not come to keep, its currency, its end.

    One of somebody who was erased meanwhile is to be deleted there. One of nobody whom we know may be that of another
    installation with the same account at Stripe, and is left alone.
    """
    stripe_id = str(found["id"])
    if found.get("deleted"):
        await repository.remove(session, stripe_id)
        await repository.forget_left(session, stripe_id)
        return
    user_id = _marked(found)
    if user_id is None:
        return
    user = await users.by_id(session, user_id)
    if user is None:
        return
    if user.status == "erased":
        await repository.leave(session, stripe_id, context.clock())
        return
    await repository.add(session, user_id, stripe_id, context.clock())
    code = found.get("currency")
    await repository.set_currency(session, stripe_id, code.upper() if code else None)


async def _address(session: AsyncSession, context: Context, user_id: uuid.UUID) -> str | None:
    person = await vault.key_of(session, context.secrets, user_id)
    user = await users.by_id(session, user_id)
    return person.open(EMAIL, user.email_sealed) if user is not None and user.email_sealed else None


def _make(client: StripeClient, user_id: uuid.UUID, address: str | None) -> StripeCustomer:
    """The answer that Stripe gives again under the same key may be of a customer who was deleted there since."""
    generation = 0
    while True:
        key: Any = {"idempotency_key": f"payband-customer-{user_id}{f'-{generation}' if generation else ''}"}
        made = client.v1.customers.create({"metadata": {MARK: str(user_id)}}, key)
        try:
            return client.v1.customers.update(made.id, {} if address is None else {"email": address})
        except InvalidRequestError as error:
            if error.code != "resource_missing":
                raise
        generation += 1


def _marked(found: dict[str, Any]) -> uuid.UUID | None:
    try:
        return uuid.UUID((found.get("metadata") or {}).get(MARK, ""))
    except ValueError:
        return None
