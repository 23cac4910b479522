"""Test keys: answered from the sample alone, the same whoever asks, and never from what is kept for live ones."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from accounts.keys.rights import Rights
from accounts.keys.service import USUAL
from accounts.programs import create_key
from kit.postgres import Server
from kit.store import Store
from serving.api import DOORS
from serving.app import create_app
from serving.doors import Door
from serving.settings import ServingSettings
from tests.databases import SECRET_KEY, addresses, context
from tests.serving import marts
from tests.serving.client import Client, serving
from tests.serving.insights import EACH, ask
from tests.waiting import until

QUESTION = {"job_title": "Software Developers", "location": "New York"}
RAISED = 7_000.0  # what the sample has more
DAY = datetime(2026, 1, 1, tzinfo=UTC)


def key_of(postgres: Server, mode: str, email: str = "tester@example.org") -> dict[str, str]:
    rights = Rights(USUAL, mode)  # type: ignore[arg-type]
    return {"X-API-Key": create_key(postgres.urls.admin, context(), email, mode, rights, plan="enterprise")}


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory, taxonomy: Path, postgres: Server) -> Iterator[tuple[Client, Store]]:
    """The application over a store with a release and a sample."""
    store = Store(tmp_path_factory.mktemp("both"))
    marts.release(store.releases, taxonomy, datetime(2026, 10, 1, tzinfo=UTC))
    marts.release(store.sample.releases, taxonomy, DAY, raised_by=RAISED)
    app = create_app(ServingSettings(store=store.root, secret_key=SECRET_KEY, **addresses(postgres.urls)))
    with serving(app) as client:
        yield client, store


def median(answer: Any) -> float:
    assert answer.status_code == 200, answer.text
    found: float = answer.json()["salary_range"]["median"]
    return found


@EACH
def test_a_test_key_is_answered_from_the_sample(
    both: tuple[Client, Store], postgres: Server, door: Door, method: str
) -> None:
    client, _ = both
    live, test = client.with_headers(**key_of(postgres, "live")), client.with_headers(**key_of(postgres, "test"))
    for _ in range(3):  # through the framework, past it, and from what is kept
        assert ask(test, door, method).headers["x-release"].startswith("20260101")
        assert ask(live, door, method).headers["x-release"].startswith("20261001")


def test_figures_are_the_sample_s_whoever_asks(both: tuple[Client, Store], postgres: Server) -> None:
    client, _ = both
    keys = [key_of(postgres, "test", email) for email in ("tester@example.org", "another@example.org")]
    live = median(client.get(DOORS[0].path, params=QUESTION, headers=key_of(postgres, "live")))
    bodies = set()
    for key in keys * 2:
        answer = client.get(DOORS[0].path, params=QUESTION, headers=key)
        assert median(answer) == live + RAISED
        assert answer.json()["evidence"]["demo"] is True
        bodies.add(answer.content)
    assert len(bodies) == 1


def test_a_test_key_sees_no_release_but_the_sample(both: tuple[Client, Store], postgres: Server) -> None:
    client, _ = both
    key = key_of(postgres, "test")
    current = client.get("/ready").json()["release"]
    asked = QUESTION | {"release": current}
    answer = client.get(DOORS[0].path, params=asked, headers=key)
    assert (answer.status_code, answer.json()["code"]) == (404, "no-such-release")
    assert client.get(DOORS[0].path, params=asked, headers=key_of(postgres, "live")).status_code == 200


def test_before_the_sample_is_built_it_says_so_and_then_takes_it_up(
    tmp_path: Path, taxonomy: Path, postgres: Server
) -> None:
    store = Store(tmp_path)
    marts.release(store.releases, taxonomy, datetime(2026, 10, 1, tzinfo=UTC))
    app = create_app(ServingSettings(store=store.root, secret_key=SECRET_KEY, **addresses(postgres.urls)))
    with serving(app) as client:
        test = client.with_headers(**key_of(postgres, "test"))
        for door in DOORS:
            answer = ask(test, door, "GET")
            assert (answer.status_code, answer.json()["code"]) == (503, "no-sample-release")
            assert answer.headers["retry-after"]
        assert ask(client.with_headers(**key_of(postgres, "live")), DOORS[0], "GET").status_code == 200
        marts.release(store.sample.releases, taxonomy, DAY)
        until(lambda: ask(test, DOORS[0], "GET").status_code == 200)


def test_a_sample_that_is_damaged_is_not_there(tmp_path: Path, taxonomy: Path, postgres: Server) -> None:
    store = Store(tmp_path)
    release = marts.release(store.sample.releases, taxonomy, DAY)
    (release.folder / "manifest.json").write_text("{")
    app = create_app(ServingSettings(store=store.root, secret_key=SECRET_KEY, **addresses(postgres.urls)))
    with serving(app) as client:
        answer = ask(client.with_headers(**key_of(postgres, "test")), DOORS[0], "GET")
        assert (answer.status_code, answer.json()["code"]) == (503, "no-sample-release")
