"""A licence that is handed on to somebody else."""

from billing.licences import service
from tests.billing.licences.world import Hardware, Told, World, at, key_of, offer, refused, take


def test_a_licence_is_handed_on_and_is_good_no_more_where_it_was(told_by: Told) -> None:
    async def work(world: World) -> None:
        ann, bob, laptop = await world.person(), await world.person(), Hardware.new()
        key = await world.key(holder=ann, expires_at=at("2027-01-01"))
        await world.activate(key, laptop)
        void, code = await offer(world, key), await offer(world, key)
        assert await world.why(key, laptop) is None, "until somebody takes it"
        assert await refused(take(world, ann, code)) == "not-found"
        assert await refused(take(world, bob, void)) == "not-found"
        taken = await take(world, bob, code)
        assert await world.why(key, laptop) == "transferred"
        assert await refused(world.activate(key, laptop)) == "licence-not-valid"
        new = key_of(taken)
        assert (taken.licence.user_id, taken.licence.expires_at) == (bob, at("2027-01-01"))
        assert await world.why(new, laptop) == "machine-not-activated"
        await world.activate(new, Hardware.new())
        assert await refused(take(world, await world.person(), code)) == "not-found"
        assert (await world.actions(ann))[-2:] == ["licence.offered", "licence.transferred"]
        assert (await world.actions(bob))[0] == "licence.taken"

    told_by(work)


def test_what_is_not_active_is_not_handed_on(told_by: Told) -> None:
    async def work(world: World) -> None:
        bob, key = await world.person(), await world.key(expires_at=at("2026-05-05"))
        code = await offer(world, key)
        await world.turn(service.suspend, key)
        assert await refused(offer(world, key)) == "conflict"
        await world.turn(service.reinstate, key)
        assert await refused(take(world, bob, code)) == "not-found", "an offer ends with what it offered"
        code = await offer(world, key)
        world.watch.now = at("2026-05-06")
        assert await refused(take(world, bob, code)) == "not-found", "nor is what is over"
        other = await world.key()
        code = await offer(world, other)
        world.watch.now += service.TRANSFER_KEPT
        assert await refused(take(world, bob, code)) == "not-found", "an offer is kept for a week"

    told_by(work)
