"""The API against its own description: requests made from the OpenAPI document, good ones and bad, by whoever may ask.

No answer may be a fault of ours (5xx), have a status or a type that the document does not name for that door, or a body
or headers that its schema does not allow.
"""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from itertools import count, product
from pathlib import Path

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from hypothesis.strategies import SearchStrategy
from schemathesis import APIOperation, Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from stripe import StripeClient

from billing.stripe import catalogue
from kit.postgres import Server
from kit.store import Store
from tests.callers import Callers
from tests.databases import context
from tests.peers.stripe import stripe_peer
from tests.serving import marts
from tests.serving.processes import Api, running_api

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
CALLERS = ("nobody", "enterprise key", "user session", "admin session")
MODES = (GenerationMode.NEGATIVE, GenerationMode.POSITIVE)  # what is wrong changes nothing of the caller
LIMITS = settings(
    deadline=None,
    phases=(Phase.explicit, Phase.generate, Phase.shrink),
    database=None,
    suppress_health_check=[*HealthCheck],
)


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory, taxonomy: Path, postgres: Server) -> Iterator[Api]:
    """A process with a release and something to sell, that believes what the proxy before it says of addresses."""
    store = Store(tmp_path_factory.mktemp("described"))
    marts.release(store.releases, taxonomy, datetime(2026, 10, 1, tzinfo=UTC))
    with stripe_peer(seed="described") as peer:
        client = StripeClient(peer.key, base_addresses={"api": peer.url}, max_network_retries=0)
        catalogue.bring(client)
        sells = {"PAYBAND_STRIPE_API_KEY": peer.key, "PAYBAND_STRIPE_API_BASE": peer.url}
        with running_api(store, postgres.urls, PAYBAND_TRUSTED_PROXIES="127.0.0.0/8", **sells) as api:
            yield api


def operations(api: Api) -> list[APIOperation]:  # type: ignore[type-arg]
    document = api.client.get("/openapi.json").raise_for_status().json()
    schema = schemathesis.openapi.from_dict(document)
    return [found.ok() for found in schema.get_all_operations()]


class Walk:
    """Requests to every door by every kind of caller; each from an address of its own, to meet more than limits."""

    def __init__(self, api: Api, server: Server, start: int) -> None:
        self._api, self._server, self._start = api, server, start
        self._addresses = (f"198.51.{number // 250 % 250}.{number % 250 + 1}" for number in count(start))
        self.statuses: Counter[int] = Counter()

    def all(self, requests: int) -> None:
        """About so many requests."""
        doors, callers = operations(self._api), Callers(self._server, context())
        examples = max(1, requests // (len(doors) * len(CALLERS) * len(MODES)))
        with asyncio.Runner() as runner:
            for door, caller in product(doors, CALLERS):
                headers = runner.run(callers.headers(caller))
                for mode in MODES:
                    self.one(door.as_strategy(generation_mode=mode), headers, examples)
            runner.run(callers.close())

    def one(self, cases: SearchStrategy[Case], headers: dict[str, str], examples: int) -> None:
        """So many requests to one door."""

        @seed(self._start)
        @settings(LIMITS, max_examples=examples)
        @given(case=cases)
        def each(case: Case) -> None:
            told = headers | {"X-Forwarded-For": next(self._addresses)}
            answer = case.call(base_url=self._api.url, headers=told)
            self.statuses[answer.status_code] += 1
            case.validate_response(answer, checks=CHECKS)

        with suppress(Unsatisfiable):  # a door that takes nothing cannot be asked wrongly
            each()


def test_answers_are_as_described(api: Api, postgres: Server) -> None:
    walk = Walk(api, postgres, start=1)
    walk.all(700)
    assert {200, 401, 422} <= walk.statuses.keys(), walk.statuses


@pytest.mark.deep
@pytest.mark.timeout(3_600)
def test_twenty_thousand_answers_are_as_described(api: Api, postgres: Server) -> None:
    walk = Walk(api, postgres, start=20_000)
    walk.all(26_000)  # parted among doors and callers, rounded down
    assert walk.statuses.total() >= 20_000, walk.statuses
