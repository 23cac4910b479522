"""The licence of somebody who subscribes, as they, an operator and a program see it."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from accounts.audit import OPERATOR
from billing.licences import files, machines, validation
from billing.licences.machines import Asking
from clients.python.payband_licences import Licence, read, read_revocations
from kit.database import Database
from tests.billing.licences.world import Hardware
from tests.billing.subscriptions.world import World
from tests.databases import on
from tests.people import letters_to

T = TypeVar("T")

HELD = "SELECT policy, status, expires_at FROM licences WHERE user_id = %s ORDER BY id"


def held(world: World) -> list[tuple[str, str, bool]]:
    """The licences of who subscribed: policy, status, and whether it is not over."""
    return [(policy, status, ends > world.watch.now) for policy, status, ends in world.ask(HELD)]


def ends(world: World) -> Any:
    """When the only licence does."""
    ((_, _, moment),) = world.ask(HELD)
    return moment


def period_end(world: World) -> Any:
    return world.ask("SELECT period_end FROM subscriptions WHERE user_id = %s ORDER BY created_at DESC")[0][0]


def keys(world: World) -> list[str]:
    letters = asyncio.run(letters_to(world.server, world.user_id))
    return [re.findall(r"PBL-[\w-]+", text)[0] for kind, text in letters if kind == "licence_issued"]


def in_the_application(world: World, deed: Callable[[Any], Awaitable[T]]) -> T:
    async def work(database: Database) -> T:
        async with database.transaction() as session:
            return await deed(session)

    return on(world.server.urls.application, work)


def activate(world: World, hardware: Hardware) -> None:
    asking = Asking(keys(world)[0], hardware.fingerprint, "1.0", "desktop")
    in_the_application(world, lambda session: machines.activate(session, world.context, asking))


def why(world: World, hardware: Hardware) -> str | None:
    """Why the program is refused on this machine; None when it is not."""
    key, shown = keys(world)[0], hardware.fingerprint
    return in_the_application(world, lambda session: validation.validate(session, world.context, key, shown)).reason


def turn(world: World, deed: Callable[..., Awaitable[Any]]) -> None:
    """What an operator does to the licence."""
    ((number,),) = world.ask("SELECT id FROM licences WHERE user_id = %s")

    async def work(database: Database) -> None:
        async with database.transaction() as session:
            await deed(session, world.context, number, OPERATOR)

    on(world.server.urls.admin, work)


def put_on(world: World, sub: str, offer: str) -> None:
    item = world.client.v1.subscriptions.retrieve(sub)["items"].data[0].id
    price = world.client.v1.prices.list({"lookup_keys": [offer]}).data[0].id
    world.client.v1.subscriptions.update(sub, {"items": [{"id": item, "price": price}]})
    world.mirror(sub)


def refund(world: World, sub: str) -> None:
    """All that was paid for the period goes back."""
    invoice = world.peer.objects[sub]["latest_invoice"]
    payment = str(world.client.v1.invoice_payments.list({"invoice": invoice}).data[0].payment.payment_intent)
    world.client.v1.refunds.create({"payment_intent": payment})
    for kind, id in (("invoice", invoice), ("payment_intent", payment)):
        world.hear(kind, id)


def file_made(world: World, hardware: Hardware) -> Licence:
    """An offline file of who subscribed."""
    asking = Asking(keys(world)[0], hardware.fingerprint, "1.0")
    text = in_the_application(world, lambda session: files.offline_file(session, world.context, asking))
    return read(text, [files.signer(world.context).public])


def listed(world: World, licence: Licence) -> bool:
    """Among those whose files are good no more."""
    told = in_the_application(world, lambda session: files.revocation_list(session, world.context))
    return licence.licence in read_revocations(told, [files.signer(world.context).public])[1]
