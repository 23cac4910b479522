"""Credits: given, set aside, spent, given back, lapsed; each once, and never more than there are."""

import uuid

import pytest

from billing.credits import service
from billing.credits.reading import Balance
from billing.credits.service import REFUNDS_KEPT
from kit.postgres import Server
from tests.billing.books import once
from tests.billing.purse import DAY, HOUR, Purse, refused


def test_who_never_had_credits_has_none(purse: Purse) -> None:
    assert purse.balance() == Balance(0, 0, None, [])
    refused("insufficient-credits", lambda: purse.spend(1))
    assert purse.kinds() == []


def test_credits_are_spent_by_priority_then_by_end_then_by_age(purse: Purse) -> None:
    for amount, days, priority in ((1, None, 50), (2, 9, 50), (4, 3, 50), (8, None, 10), (16, None, 50)):
        purse.grant(amount, days, priority=priority)
        purse.watch.now += HOUR
    assert purse.remains() == [8, 4, 2, 1, 16]
    purse.spend(9)
    assert purse.remains() == [3, 2, 1, 16]
    purse.spend(6)
    assert purse.remains() == [16]
    assert purse.has() == (16, 0)


def test_nobody_spends_more_than_there_is(purse: Purse) -> None:
    purse.grant(5)
    refused("insufficient-credits", lambda: purse.spend(6))
    purse.reserve(3)
    refused("insufficient-credits", lambda: purse.spend(3))
    refused("insufficient-credits", lambda: purse.reserve(3))
    refused("insufficient-credits", lambda: purse.adjust(-3))
    assert purse.has() == (2, 3)


def test_a_reservation_is_committed_in_part_and_the_last_taken_goes_back(purse: Purse) -> None:
    purse.grant(2, 1)
    purse.grant(5, 2)
    held = purse.reserve(6)
    assert purse.remains() == [1]
    assert (held.available, held.reserved) == (1, 6)
    done = purse.commit(held.id, 3)
    assert (done.amount, done.available, done.reserved) == (3, 4, 0)
    assert purse.remains() == [4]
    refused("reservation-over", lambda: purse.commit(held.id, 1))
    refused("reservation-over", lambda: purse.release(held.id))
    assert purse.kinds() == ["grant", "grant", "reserve", "commit"]


def test_what_costs_nothing_in_the_end_is_committed_as_nothing(purse: Purse) -> None:
    purse.grant(5)
    held = purse.reserve(5)
    assert purse.commit(held.id, 0).amount == 0
    assert purse.has() == (5, 0)
    again = purse.reserve(5)
    refused("invalid-parameter", lambda: purse.commit(again.id, 6))
    purse.release(again.id)
    assert purse.has() == (5, 0)


def test_a_lease_that_is_over_gives_everything_back_whether_or_not_a_task_ran(purse: Purse) -> None:
    purse.grant(5)
    held = purse.reserve(4)
    purse.watch.now += HOUR
    assert purse.has() == (5, 0)
    assert purse.kinds() == ["grant", "reserve"], "nothing was written"
    refused("reservation-over", lambda: purse.commit(held.id, 4))
    refused("reservation-over", lambda: purse.release(held.id))
    purse.spend(5)
    assert purse.kinds() == ["grant", "reserve", "release", "spend"]
    assert purse.settle() == 0


def test_a_lot_that_has_expired_is_no_credit_whether_or_not_a_task_ran(purse: Purse) -> None:
    purse.grant(5, 1)
    purse.grant(2, 2)
    told = purse.balance()
    assert told.expiring_next is not None
    assert (told.expiring_next.amount, told.expiring_next.at) == (5, purse.watch.now + DAY)
    purse.watch.now += DAY
    assert purse.has() == (2, 0)
    refused("insufficient-credits", lambda: purse.spend(3))
    assert purse.kinds() == ["grant", "grant"]
    assert purse.settle() == 1
    assert purse.kinds() == ["grant", "grant", "expire"]
    assert purse.settle() == 0
    assert purse.has() == (2, 0)


def test_what_comes_back_into_a_lot_that_expired_meanwhile_expires(purse: Purse) -> None:
    purse.grant(5, 1 / 48)
    held = purse.reserve(5)
    other = purse.do(lambda session: service.grant(session, purse.context, purse.user_id, 1, once(), source="pack"))
    purse.watch.now += HOUR / 2
    purse.release(held.id)
    assert purse.has() == (1, 0)
    assert other.available == 1
    assert purse.kinds() == ["grant", "reserve", "grant", "release", "expire"]


def test_a_refund_goes_back_where_it_came_from_the_last_taken_first(purse: Purse) -> None:
    purse.grant(2, 1)
    purse.grant(5, 2)
    spent = purse.spend(6)
    purse.refund(spent.id, 1)
    assert purse.remains() == [2]
    purse.refund(spent.id, 4)
    assert purse.remains() == [1, 5]
    refused("conflict", lambda: purse.refund(spent.id, 2))
    purse.refund(spent.id)
    assert purse.remains() == [2, 5]
    refused("conflict", lambda: purse.refund(spent.id))
    refused("not-found", lambda: purse.refund(uuid.uuid4()))


def test_a_refund_of_a_lot_that_expired_is_good_for_a_while(purse: Purse) -> None:
    purse.grant(2, 1)
    purse.grant(5, 90)
    held = purse.reserve(4)
    refused("not-found", lambda: purse.refund(held.id))
    purse.commit(held.id, 3)
    purse.watch.now += 2 * DAY
    purse.refund(held.id)
    found = {lot.source: (lot.remains, lot.expires_at) for lot in purse.balance().lots}
    assert found["refund"] == (2, purse.watch.now + REFUNDS_KEPT)
    assert found["pack"][0] == 5


def test_a_key_does_one_thing_once(purse: Purse) -> None:
    given = purse.grant(5, asked=once("pack:1"))
    assert purse.grant(5, asked=once("pack:1")) == given
    refused("operation-key-reused", lambda: purse.grant(6, asked=once("pack:1")))
    refused("operation-key-reused", lambda: purse.spend(5, once("pack:1")))
    held = purse.reserve(3, asked=once("job:1"))
    assert purse.reserve(3, asked=once("job:1")) == held
    refused("operation-key-reused", lambda: purse.reserve(3, HOUR / 2, once("job:1")))
    done = purse.commit(held.id, 2, once("job:1:done"))
    assert purse.commit(held.id, 2, once("job:1:done")) == done
    refused("operation-key-reused", lambda: purse.commit(held.id, 1, once("job:1:done")))
    back = purse.refund(held.id, asked=once("job:1:back"))
    assert purse.refund(held.id, asked=once("job:1:back")) == back
    assert purse.has() == (5, 0)
    assert purse.kinds() == ["grant", "reserve", "commit", "refund"]


def test_two_users_may_have_the_same_key(postgres: Server) -> None:
    for _ in range(2):
        each = Purse(postgres)
        each.grant(1, asked=once("welcome"))
        assert each.has() == (1, 0)


def test_an_administrator_gives_and_takes_back(purse: Purse) -> None:
    purse.adjust(5)
    assert purse.balance().lots[0].source == "adjustment"
    assert purse.adjust(-2).available == 3
    assert purse.kinds() == ["adjust", "adjust"]


def test_amounts_that_are_none_are_refused(purse: Purse) -> None:
    purse.grant(5)
    for amount in (0, -1, service.MOST + 1):
        refused("invalid-parameter", lambda amount=amount: purse.spend(amount))  # type: ignore[misc]
    for lease in (0 * HOUR, service.LONGEST_LEASE * 2):
        with pytest.raises(ValueError, match="a lease is"):
            purse.reserve(1, lease)


def test_another_users_reservation_is_none(postgres: Server, purse: Purse) -> None:
    purse.grant(5)
    held = purse.reserve(5)
    spent = Purse(postgres)
    spent.grant(5)
    refused("not-found", lambda: spent.commit(held.id, 5))
    refused("not-found", lambda: spent.release(held.id))
    refused("not-found", lambda: spent.refund(held.id))
    assert purse.has() == (0, 5)
