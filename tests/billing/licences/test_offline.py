"""Machines that are away: what their files allow, for how long, and what is noticed when they come back or do not."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from billing.licences import files, service
from billing.licences.machines import Asking
from clients.python.payband_licences import Refused, check, read, read_revocations
from tests.billing.licences.world import Hardware, Told, World, at, key_of, offer, refused, take


class Away:
    """A program that has no connection, with its clock and its state."""

    def __init__(self, world: World, folder: Path, hardware: Hardware) -> None:
        self.world, self.hardware, self.state = world, hardware, folder / "state.json"

    def why(self, text: str, *, days: float = 0, revocations: str | None = None) -> str | None:
        """Why the file is not good so many days from the world's time; None when it is."""
        moment = self.world.watch.now + timedelta(days=days)
        try:
            check(
                text,
                public_keys=[files.signer(self.world.context).public],
                fingerprint=self.hardware.fingerprint,
                product="desktop",
                state=self.state,
                fetched=True,
                revocations=revocations,
                now=int(moment.timestamp()),
            )
        except Refused as no:
            return no.reason
        return None


async def offline(world: World, key: str, hardware: Hardware) -> str:
    async with world.application.transaction() as session:
        return await files.offline_file(session, world.context, Asking(key, hardware.fingerprint, "1.4.2"))


async def listed(world: World) -> str:
    async with world.application.transaction() as session:
        return await files.revocation_list(session, world.context)


def test_offline_for_as_many_days_as_the_policy_gives(told_by: Told, tmp_path: Path) -> None:
    async def work(world: World) -> None:
        key, laptop = await world.key(), Hardware.new()
        assert await refused(offline(world, key, laptop)) == "machine-not-activated"
        await world.activate(key, laptop)
        text, away = await offline(world, key, laptop), Away(world, tmp_path, laptop)
        assert [away.why(text, days=days) for days in (0, 3, 6.9)] == [None] * 3
        assert away.why(text, days=7) == "expired"
        assert away.why(text, days=1) == "clock-rolled-back"

    told_by(work)


def test_a_file_ends_with_its_licence(told_by: Told, tmp_path: Path) -> None:
    async def work(world: World) -> None:
        key, laptop = await world.key(expires_at=at("2026-05-03T12:00")), Hardware.new()
        await world.activate(key, laptop)
        text, away = await offline(world, key, laptop), Away(world, tmp_path, laptop)
        assert away.why(text, days=1.9) is None
        assert away.why(text, days=2) == "expired"
        world.watch.now = at("2026-05-04")
        assert await refused(offline(world, key, laptop)) == "licence-not-valid"

    told_by(work)


def test_a_copied_file_is_good_on_no_other_machine_and_on_one_that_was_repaired(told_by: Told, tmp_path: Path) -> None:
    async def work(world: World) -> None:
        key, laptop = await world.key(), Hardware.new()
        await world.activate(key, laptop)
        text = await offline(world, key, laptop)
        assert Away(world, tmp_path / "clone", Hardware.new()).why(text) == "other-machine"
        assert Away(world, tmp_path / "repaired", laptop.with_new("disk")).why(text) is None
        assert Away(world, tmp_path / "rebuilt", laptop.with_new("disk", "board")).why(text) == "other-machine"

    told_by(work)


def test_an_older_file_is_superseded_by_the_next(told_by: Told, tmp_path: Path) -> None:
    async def work(world: World) -> None:
        key, laptop = await world.key(), Hardware.new()
        await world.activate(key, laptop)
        first, second = await offline(world, key, laptop), await offline(world, key, laptop)
        public = [files.signer(world.context).public]
        assert [read(each, public).counter for each in (first, second)] == [1, 2]
        away = Away(world, tmp_path, laptop)
        assert away.why(second) is None
        assert away.why(first) == "superseded"

    told_by(work)


@pytest.mark.parametrize("deed", [service.suspend, service.revoke])
def test_revoked_while_it_was_offline(told_by: Told, tmp_path: Path, deed: object) -> None:
    async def work(world: World) -> None:
        world.watch.now = datetime.now(UTC)  # lists are dated by the database
        key, laptop = await world.key(), Hardware.new()
        await world.activate(key, laptop)
        text, away = await offline(world, key, laptop), Away(world, tmp_path, laptop)
        await world.turn(deed, key)  # type: ignore[arg-type]
        assert away.why(text, days=1) is None, "nothing can tell it"
        assert away.why(text, days=1, revocations=await listed(world)) == "revoked", "a list can"
        assert away.why(text, days=2) == "revoked"
        assert await refused(offline(world, key, laptop)) == "licence-not-valid", "and there is no next file"

    told_by(work)


def test_who_is_reinstated_is_off_the_list(told_by: Told, tmp_path: Path) -> None:
    async def work(world: World) -> None:
        world.watch.now = datetime.now(UTC)  # lists are dated by the database
        key, laptop = await world.key(), Hardware.new()
        await world.activate(key, laptop)
        text, away = await offline(world, key, laptop), Away(world, tmp_path, laptop)
        await world.turn(service.suspend, key)
        assert away.why(text, revocations=await listed(world)) == "revoked"
        await world.turn(service.reinstate, key)
        world.watch.now += timedelta(seconds=1)
        assert away.why(text, revocations=await listed(world)) is None

    told_by(work)


def test_a_list_names_no_more_than_it_must(told_by: Told) -> None:
    async def work(world: World) -> None:
        world.watch.now = datetime.now(UTC)  # lists are dated by the database
        key, good = await world.key(), await world.key()
        await world.turn(service.revoke, key)
        public = [files.signer(world.context).public]
        _, named = read_revocations(await listed(world), public)
        assert str((await world.licence(key)).id) in named
        assert str((await world.licence(good)).id) not in named
        world.watch.now += timedelta(days=365 * 5)
        assert read_revocations(await listed(world), public)[1] == frozenset(), "no file of it can be about"

    told_by(work)


def test_a_seat_is_held_while_its_file_is_good(told_by: Told) -> None:
    async def work(world: World) -> None:
        key, desk = await world.key("desktop-enterprise"), Hardware.new()
        await world.activate(key, desk)
        await offline(world, key, desk)
        until = world.watch.now + timedelta(days=30)
        for _ in range(2):
            world.watch.now += timedelta(hours=2)
            assert await world.why(key, desk) is None
            assert (await world.heartbeat(key, desk)).lease_until == until
            assert (await world.activate(key, desk)).lease_until == until

    told_by(work)


def test_no_more_machines_have_a_good_file_than_the_licence_has_places(told_by: Told) -> None:
    """Bound, given a file, unbound, and so on from machine to machine."""

    async def work(world: World) -> None:
        key, first, second = await world.key(), Hardware.new(), Hardware.new()
        await world.activate(key, first)
        await offline(world, key, first)
        await world.deactivate(key, first)
        await world.activate(key, second)
        assert await world.why(key, second) is None, "with a connection it is good at once"
        assert await refused(offline(world, key, second)) == "no-machine-left"
        await world.deactivate(key, second)
        world.watch.now += timedelta(days=2)
        await world.activate(key, first.with_new("disk"))
        await offline(world, key, first.with_new("disk"))
        world.watch.now += timedelta(days=6)
        await world.deactivate(key, first)
        await world.activate(key, second)
        assert await refused(offline(world, key, second)) == "no-machine-left", "of the two files the later counts"
        world.watch.now += timedelta(days=1)
        await offline(world, key, second)

    told_by(work)


def test_a_machine_that_changes_bit_by_bit_leaves_no_good_file_behind(told_by: Told) -> None:
    async def work(world: World) -> None:
        key, here = await world.key(), Hardware.new()
        await world.activate(key, here)
        await offline(world, key, here)
        repaired = here.with_new("board")
        await world.activate(key, repaired)
        await offline(world, key, repaired)
        again = repaired.with_new("disk")
        await world.activate(key, again)
        assert await world.why(key, again) is None
        assert await refused(offline(world, key, again)) == "no-machine-left"
        world.watch.now += timedelta(days=7)
        await offline(world, key, again)

    told_by(work)


def test_a_licence_that_is_handed_on_has_no_more_good_files_than_before(told_by: Told) -> None:
    async def work(world: World) -> None:
        ana, ben = await world.person(), await world.person()
        key, hers, his = await world.key(holder=ana), Hardware.new(), Hardware.new()
        await world.activate(key, hers)
        await offline(world, key, hers)
        for taker in (ben, ana, ben):
            key = key_of(await take(world, taker, await offer(world, key)))
            await world.activate(key, his)
            assert await refused(offline(world, key, his)) == "no-machine-left"
            await world.deactivate(key, his)
        await world.activate(key, hers)
        await offline(world, key, hers)  # sold with the machine
        world.watch.now += timedelta(days=7)
        await world.deactivate(key, hers)
        await world.activate(key, his)
        await offline(world, key, his)

    told_by(work)


def test_that_a_file_was_made_is_in_the_trail(told_by: Told) -> None:
    async def work(world: World) -> None:
        ann = await world.person()
        key, laptop = await world.key(holder=ann), Hardware.new()
        await world.activate(key, laptop)
        await offline(world, key, laptop)
        assert await world.actions(ann) == ["licence.issued", "machine.activated", "licence.file_made"]

    told_by(work)
