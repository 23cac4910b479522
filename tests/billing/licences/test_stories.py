"""What happens to licences, from the side of those who hold them, copy them, and run out of them."""

import asyncio
import json
import uuid
from datetime import timedelta
from ipaddress import ip_network

from accounts.vault import service as vault
from billing.hooks import service as hooks
from billing.licences import machines, service
from tests.billing.licences.world import Hardware, Told, World, at, key_of, refused

OWN = (ip_network("127.0.0.0/8"),)  # into which endpoints may be


def test_a_licence_is_activated_where_it_is_good_from_then_on(told_by: Told) -> None:
    async def work(world: World) -> None:
        key, laptop = await world.key(), Hardware.new()
        assert await world.why(key, laptop) == "machine-not-activated"
        first = await world.activate(key, laptop)
        verdict = await world.verdict(key, laptop)
        assert (verdict.reason, verdict.machine_id, verdict.until) == (None, first.machine_id, None)
        assert (await world.activate(key, laptop)).machine_id == first.machine_id, "a second time it is the same"
        assert len((await world.licence(key)).machines) == 1
        await world.deactivate(key, laptop)
        assert await world.why(key, laptop) == "machine-not-activated"
        assert await refused(world.deactivate(key, laptop)) == "machine-not-activated"

    told_by(work)


def test_a_clone_has_no_place_beside_the_machine_that_it_was_copied_from(told_by: Told) -> None:
    async def work(world: World) -> None:
        key, original, clone = await world.key(), Hardware.new(), Hardware.new()
        await world.activate(key, original)
        assert await world.why(key, clone) == "machine-not-activated"
        assert await refused(world.activate(key, clone)) == "no-machine-left"
        await world.deactivate(key, original)
        await world.activate(key, clone)
        assert await world.why(key, original) == "machine-not-activated", "it is in one place at a time"

    told_by(work)


def test_clones_that_ask_at_once_get_one_place(told_by: Told) -> None:
    async def work(world: World) -> None:
        key = await world.key()
        tries = (world.activate(key, Hardware.new()) for _ in range(4))
        met = await asyncio.gather(*tries, return_exceptions=True)
        assert sum(isinstance(each, machines.Seat) for each in met) == 1
        assert {each.code for each in met if isinstance(each, service.Refused)} == {"no-machine-left"}

    told_by(work)


def test_one_component_of_four_may_change_and_two_may_not(told_by: Told) -> None:
    async def work(world: World) -> None:
        key, laptop = await world.key(), Hardware.new()
        await world.activate(key, laptop)
        for component in ("board", "disk", "network", "processor"):
            assert await world.why(key, laptop.with_new(component)) is None, component
        changed = laptop.with_new("disk", "network")
        assert await world.why(key, changed) == "hardware-changed"
        assert await world.why(key, laptop.with_new("disk", "network", "board")) == "machine-not-activated"
        assert await refused(world.activate(key, changed)) == "no-machine-left"
        same = await world.activate(key, laptop.with_new("disk"))
        assert [each.id for each in (await world.licence(key)).machines] == [same.machine_id], "no second machine"

    told_by(work)


def test_a_component_that_was_activated_anew_is_where_the_next_change_is_counted_from(told_by: Told) -> None:
    async def work(world: World) -> None:
        key, laptop = await world.key(), Hardware.new()
        await world.activate(key, laptop)
        repaired = laptop.with_new("disk")
        await world.activate(key, repaired)
        assert await world.why(key, repaired.with_new("network")) is None
        assert await world.why(key, laptop.with_new("board")) == "hardware-changed"

    told_by(work)


def test_a_strict_policy_takes_no_change_at_all(told_by: Told) -> None:
    async def work(world: World) -> None:
        key, laptop = await world.key("extension-professional"), Hardware.new()
        await world.activate(key, laptop)
        assert await world.why(key, laptop.with_new("disk")) == "hardware-changed"

    told_by(work)


def test_components_count_in_their_own_place(told_by: Told) -> None:
    async def work(world: World) -> None:
        key, laptop = await world.key(), Hardware.new()
        await world.activate(key, laptop)
        turned = Hardware(laptop.disk, laptop.network, laptop.processor, laptop.board)
        assert await world.why(key, turned) == "machine-not-activated"

    told_by(work)


def test_floating_seats_run_out_and_come_back_when_nobody_keeps_them(told_by: Told) -> None:
    async def work(world: World) -> None:
        key, office = await world.key("desktop-enterprise"), [Hardware.new() for _ in range(11)]
        seats = [await world.activate(key, each) for each in office[:10]]
        assert {seat.lease_until for seat in seats} == {world.watch.now + timedelta(minutes=30)}
        assert await refused(world.activate(key, office[10])) == "no-machine-left"
        world.watch.now += timedelta(minutes=20)
        kept = await world.heartbeat(key, office[0])
        assert kept.lease_until == world.watch.now + timedelta(minutes=30)
        world.watch.now += timedelta(minutes=15)
        assert await world.why(key, office[0]) is None
        assert await world.why(key, office[1]) == "seat-expired"
        assert len((await world.licence(key)).machines) == 1
        assert await refused(world.heartbeat(key, office[1])) == "machine-not-activated"
        await world.activate(key, office[10])
        assert await world.why(key, office[10]) is None
        assert (await world.activate(key, office[1])).lease_until is not None, "a seat is free again"
        await world.deactivate(key, office[1])
        assert await world.why(key, office[1]) == "machine-not-activated"

    told_by(work)


def test_a_seat_that_is_good_now_ends_with_its_lease(told_by: Told) -> None:
    async def work(world: World) -> None:
        key, desk = await world.key("desktop-enterprise", expires_at=at("2026-05-01T12:20")), Hardware.new()
        seat = await world.activate(key, desk)
        assert seat.lease_until == at("2026-05-01T12:30")
        assert (await world.verdict(key, desk)).until == at("2026-05-01T12:20"), "whatever ends first"

    told_by(work)


def test_a_typing_error_is_no_key_and_another_products_licence_none_for_this(told_by: Told) -> None:
    async def work(world: World) -> None:
        key, laptop = await world.key(), Hardware.new()
        await world.activate(key, laptop)
        assert await world.why(f" {key.lower().replace('-', ' ')}", laptop) is None, "however it is typed"
        wrong = key[:-1] + ("0" if key[-1] != "0" else "1")
        assert await world.why(wrong, laptop) == "malformed-key"
        assert await world.why(service.new_key(), laptop) == "unknown-key"
        assert await world.why(key, laptop, "desktop") is None
        assert await world.why(key, laptop, "extension") == "wrong-product"
        assert await refused(world.activate(key, laptop, "extension")) == "licence-not-valid"

    told_by(work)


def test_suspended_reinstated_expired_renewed_revoked(told_by: Told) -> None:
    async def work(world: World) -> None:
        key, laptop = await world.key(expires_at=at("2026-06-01")), Hardware.new()
        await world.activate(key, laptop)
        assert (await world.verdict(key, laptop)).until == at("2026-06-01")
        await world.turn(service.suspend, key)
        assert await world.why(key, laptop) == "suspended"
        assert await refused(world.activate(key, laptop)) == "licence-not-valid"
        assert await refused(world.turn(service.suspend, key)) == "conflict"
        await world.turn(service.reinstate, key)
        assert await world.why(key, laptop) is None
        world.watch.now = at("2026-06-01")
        assert await world.why(key, laptop) == "expired"
        assert (await world.licence(key)).state == "expired"
        assert await refused(world.turn(service.renew, key, at("2026-05-31"))) == "invalid-parameter"
        await world.turn(service.renew, key, at("2027-06-01"))
        assert await world.why(key, laptop) is None, "and the machine is still bound"
        await world.turn(service.revoke, key)
        assert await world.why(key, laptop) == "revoked"
        for deed in (service.reinstate, service.revoke, service.suspend):
            assert await refused(world.turn(deed, key)) == "conflict"
        assert await refused(world.turn(service.renew, key, None)) == "conflict"
        assert await world.actions((await world.licence(key)).user_id) == [
            "licence.issued",
            "machine.activated",
            "licence.suspended",
            "licence.reinstated",
            "licence.renewed",
            "licence.revoked",
        ]

    told_by(work)


def test_nothing_is_issued_twice_for_one_payment(told_by: Told) -> None:
    async def work(world: World) -> None:
        ann, payment = await world.person(), f"payment:{uuid.uuid4()}"
        made = await asyncio.gather(*(world.issue(holder=ann, source=payment) for _ in range(3)))
        assert sorted(each.key is None for each in made) == [False, True, True]
        assert len({each.licence.id for each in made}) == 1
        assert await world.actions(ann) == ["licence.issued"]
        assert await refused(world.issue("desktop-none")) == "invalid-parameter"
        assert await refused(world.issue(expires_at=world.watch.now)) == "invalid-parameter"

    told_by(work)


def test_the_machines_of_others_are_not_there(told_by: Told) -> None:
    async def work(world: World) -> None:
        key, laptop, bob = await world.key(), Hardware.new(), await world.person()
        seat = await world.activate(key, laptop)
        ann = (await world.licence(key)).user_id

        async def remove(user_id: uuid.UUID) -> None:
            async with world.application.transaction(user_id) as session:
                await machines.remove(session, world.context, user_id, seat.machine_id)

        async def steal() -> None:
            async with world.application.transaction(bob) as session:
                await service.offer(session, world.context, bob, seat.known.licence_id)

        assert await refused(remove(bob)) == "not-found"
        assert await refused(steal()) == "not-found"
        await remove(ann)
        assert await world.why(key, laptop) == "machine-not-activated"

    told_by(work)


def test_the_holders_endpoints_are_told_when_a_licence_is_revoked(told_by: Told) -> None:
    async def work(world: World) -> None:
        ann, bob = await world.person(), await world.person()
        for user_id in (ann, bob):
            async with world.application.transaction(user_id) as session:
                await hooks.create(session, world.context, user_id, "http://127.0.0.1:9/", ["licence.revoked"], OWN)
        made = await world.issue(holder=ann)
        await world.turn(service.suspend, key_of(made))
        await world.turn(service.revoke, key_of(made))
        assert await waiting(world, bob) == []
        (event,) = await waiting(world, ann)
        assert event["type"] == "licence.revoked"
        assert event["data"] == {"licence_id": str(made.licence.id), "policy": "desktop-basic"}

    told_by(work)


async def waiting(world: World, user_id: uuid.UUID) -> list[dict[str, object]]:
    """What somebody's endpoints are to be told."""
    async with world.application.transaction(user_id) as session:
        (hook,) = await hooks.hooks_of(session, world.context, user_id)
        person = await vault.key_of(session, world.context.secrets, user_id)
        sent = await hooks.deliveries(session, user_id, hook.id, None, 10)
        return [json.loads(person.open(hooks.BODY, each.body_sealed)) for each in sent]
