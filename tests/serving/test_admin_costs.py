"""What administrators are told of credits."""

from datetime import UTC, datetime

from kit.postgres import Server
from tests.billing.purse import DAY, Purse
from tests.serving.client import Client
from tests.serving.test_admin import admin, administrator

__all__ = ["admin", "administrator"]


def test_costs_tell_the_credits_that_were_spent(admin: Client, postgres: Server) -> None:
    def spent(first: str, last: str) -> int:
        told = admin.get("/api/v1/admin/costs", params={"first": first, "last": last}).json()
        assert "credits_spent" not in told["not_yet"]
        return int(told["credits_spent"])

    purses = Purse(postgres), Purse(postgres)
    for purse in purses:
        purse.watch.now = datetime(2033, 7, 1, tzinfo=UTC)
        purse.grant(100)
        purse.spend(5)
        purse.watch.now = datetime(2033, 7, 1, 23, 59, 59, 999000, tzinfo=UTC)
        bought = purse.spend(7)
        held = purse.reserve(20)
        purse.watch.now = datetime(2033, 7, 2, tzinfo=UTC)
        purse.commit(held.id, 3)
        purse.release(purse.reserve(10).id)
        purse.watch.now += DAY
        purse.refund(bought.id, 4)
    assert spent("2033-06-30", "2033-06-30") == 0
    assert spent("2033-07-01", "2033-07-01") == 2 * (5 + 7)
    assert spent("2033-07-02", "2033-07-02") == 2 * 3, "what was reserved is not spent before it is committed"
    assert spent("2033-07-03", "2033-07-03") == 2 * -4
    assert spent("2033-07-01", "2033-07-03") == 2 * (5 + 7 + 3 - 4)
