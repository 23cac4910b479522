"""Licences are their holder's: seen by nobody else, handed out without what is secret, and gone with the account."""

import uuid

import psycopg
import pytest

from accounts.privacy import repository as privacy
from accounts.privacy.archive import told
from accounts.vault import service as vault
from billing.holdings import HOLDINGS
from billing.licences import repository
from billing.licences.models import Licence, Machine
from kit.database import Database
from tests.billing.licences.world import Hardware, Told, World, at
from tests.databases import SECRETS


async def licensed(world: World) -> tuple[uuid.UUID, str]:
    """Somebody with a licence and a machine; and the key."""
    ann = await world.person()
    key = await world.key(holder=ann)
    await world.activate(key, Hardware.new())
    return ann, key


def test_who_leaves_takes_their_licences_along_and_their_files_are_good_no_more(told_by: Told) -> None:
    async def work(world: World) -> None:
        ann, key = await licensed(world)
        licence = await world.licence(key)
        worker = Database(world.server.urls.worker)
        try:
            async with worker.transaction() as session:
                person = await vault.key_of(session, SECRETS, ann)
                rows = {each.name: [row async for row in privacy.rows(session, each, ann)] for each in HOLDINGS}
                shown = {each.name: told(each, rows[each.name][0], person) for each in HOLDINGS if rows[each.name]}
                assert shown["licences"]["prefix"] == licence.prefix
                assert not {"hash", "transfer_hash", "origin"} & shown["licences"].keys()
                assert shown["machines"]["app_version"] == "1.4.2"
                assert "components" not in shown["machines"]
                assert str(licence.id) not in map(str, await revoked(world))
                for each in HOLDINGS:
                    await privacy.erase(session, each, ann)
        finally:
            await worker.close()
        assert await world.why(key, Hardware.new()) == "unknown-key"
        assert licence.id in await revoked(world)

    told_by(work)


async def revoked(world: World) -> list[uuid.UUID]:
    async with world.application.transaction() as session:
        return await repository.revoked_since(session, at("2020-01-01"))


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO licences SELECT * FROM licences LIMIT 1",
        "UPDATE licences SET status = 'active'",
        "UPDATE licences SET expires_at = NULL",
        "UPDATE licences SET validations = 0",
        "DELETE FROM licences",
        "DELETE FROM licence_revocations",
    ],
)
def test_nobody_gives_themselves_a_licence(told_by: Told, statement: str) -> None:
    async def work(world: World) -> None:
        ann, _ = await licensed(world)
        with psycopg.connect(world.server.urls.application) as connection:
            connection.execute("SELECT set_config('payband.user_id', %s, true)", [str(ann)])
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement)  # type: ignore[arg-type]

    told_by(work)


def test_nobody_sees_the_licences_and_machines_of_others(told_by: Told) -> None:
    async def work(world: World) -> None:
        await licensed(world)
        bob = await world.person()
        async with world.application.transaction(bob) as session:
            assert await repository.of_user(session, bob) == []
            assert (await session.execute(Licence.__table__.select())).all() == []
            assert (await session.execute(Machine.__table__.select())).all() == []

    told_by(work)


def test_what_is_kept_of_a_machine_is_not_what_it_sent(told_by: Told) -> None:
    async def work(world: World) -> None:
        key, laptop = await world.key(), Hardware.new()
        await world.activate(key, laptop)
        licence = await world.licence(key)
        async with world.application.transaction(licence.user_id) as session:
            (machine,) = await repository.machines(session, [licence.id])
            found = await repository.by_id(session, licence.id)
        assert not {part.hex() for part in machine.components} & set(laptop.fingerprint.split("."))
        assert found is not None
        assert key.encode() not in found.hash

    told_by(work)
