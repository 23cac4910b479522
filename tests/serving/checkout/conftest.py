"""What tests of buying share: one application for all of them, and somebody who has subscribed."""

from collections.abc import Iterator

import pytest

from kit.postgres import Server
from kit.store import Store
from tests.serving.checkout.shop import Buyer, Parts, Shop, opened, shop_of


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory, store: Store, postgres: Server) -> Iterator[Parts]:
    with opened(tmp_path_factory.mktemp("shop") / "store", store, postgres) as parts:
        yield parts


@pytest.fixture
def shop(running: Parts, postgres: Server, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """The catalogue is in Stripe, and nobody owes anything."""
    return shop_of(running, postgres, monkeypatch)


@pytest.fixture
def ana(shop: Shop) -> Buyer:
    """Subscribed to the smallest plan, by the month."""
    made = shop.buyer()
    made.subscribe()
    shop.deliver()
    return made
