"""The API as its operators meet it: health, problems and their pages, a swap and a killed database under load."""

import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import orjson
import pytest

from accounts.programs import create_key
from kit.errors import BadInput
from kit.postgres import Server, running
from kit.settings import read
from kit.store import Store
from migrations import migrate
from serving.api import DOORS
from serving.app import create_app
from serving.doors import Answer
from serving.paying import MayBeDry
from serving.problems import CODES, PAGES
from serving.settings import ServingSettings
from serving.stands import Answers
from tests.databases import NOWHERE, addresses, context
from tests.serving import marts
from tests.serving.client import Client, serving
from tests.serving.processes import Api, running_api
from tests.waiting import until

DOOR = DOORS[0]


def test_every_problem_has_its_page_and_every_page_its_problem(anonymous: Client) -> None:
    assert {page.stem for page in PAGES.glob("*.md")} == set(CODES)
    for code, (status, title) in CODES.items():
        page = anonymous.get(f"/errors/{code}")
        assert page.text.startswith(f"# {title}\n\n`{code}`, HTTP {status}\n")
        assert "## What to do" in page.text
    assert set(anonymous.get("/errors").json()) == set(CODES)
    assert anonymous.get("/errors/..%2Fsecrets").status_code == 404


def test_what_is_not_there_is_a_problem(anonymous: Client) -> None:
    answer = anonymous.get("/api/premium/nothing")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    told = answer.json()
    assert (told["type"], told["status"], told["request_id"]) == (
        "/errors/not-found", 404, answer.headers["x-request-id"],
    )  # fmt: skip


def test_a_fair_request_id_is_taken_and_another_is_not(client: Client) -> None:
    for _ in range(2):
        fair = client.get(DOOR.path, params=DOOR.example, headers={"X-Request-ID": "abcdef-123456"})
        assert fair.headers.get_list("x-request-id") == ["abcdef-123456"]
        odd = client.get(DOOR.path, params=DOOR.example, headers={"X-Request-ID": "a b\tc<script>"})
        assert "script" not in odd.headers["x-request-id"]


def test_health_and_readiness(anonymous: Client) -> None:
    assert anonymous.get("/health").json() == {"status": "ok"}
    ready = anonymous.get("/ready")
    assert ready.status_code == 200
    assert ready.json()["database"] is True
    assert anonymous.get("/").json()["doors"]["coverage"] == "/api/premium/coverage"


def test_openapi_describes_every_door_with_an_example(anonymous: Client) -> None:
    told = anonymous.get("/openapi.json").json()
    for door in DOORS:
        assert {method.lower() for method in door.methods} == set(told["paths"][door.path])
        parameters = {parameter["name"] for parameter in told["paths"][door.path]["get"]["parameters"]}
        assert parameters == {*door.question.model_fields, *MayBeDry.model_fields}
        door.question.model_validate(door.example)


def test_without_a_release_or_a_database_it_says_so(tmp_path: Path) -> None:
    settings = ServingSettings(store=tmp_path, **addresses(NOWHERE))
    with serving(create_app(settings)) as client:
        ready = client.get("/ready")
        assert (ready.status_code, ready.json()["release"], ready.json()["database"]) == (503, None, False)
        assert client.get("/health").status_code == 200
        refused = client.get(DOOR.path, params=DOOR.example, headers={"X-API-Key": "x"})
        assert refused.status_code == 401  # a malformed key needs no database


def test_a_good_key_without_a_release_gets_503(tmp_path: Path, postgres: Server, key: str) -> None:
    settings = ServingSettings(store=tmp_path, **addresses(postgres.urls))
    with serving(create_app(settings)) as client:
        answer = client.get(DOOR.path, params=DOOR.example, headers={"X-API-Key": key})
        assert (answer.status_code, answer.json()["code"]) == (503, "no-release")
        assert answer.headers["retry-after"]


def test_settings_name_the_variable_and_not_its_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAYBAND_MAX_BODY_BYTES", "hunter2")
    with pytest.raises(BadInput, match="PAYBAND_MAX_BODY_BYTES") as caught:
        read(ServingSettings)
    assert "hunter2" not in str(caught.value)


def test_kept_answers_are_bounded_and_of_one_release() -> None:
    first, second = object(), object()
    answers = Answers(most=2, most_bytes=10_000)
    made = Answer(b"x" * 100, b'"e"', [], "r")
    assert answers.get(first, "/", b"a") is None
    for query in (b"a", b"b", b"c"):
        answers.put(first, "/", query, made)
    assert answers.get(first, "/", b"a") is None
    assert answers.get(first, "/", b"c") is made
    answers.put(first, "/", b"large", Answer(b"x" * 20_000, b'"e"', [], "r"))
    assert answers.get(first, "/", b"large") is None
    assert answers.get(second, "/", b"c") is None
    answers.put(first, "/", b"late", made)  # an answer of the release before
    assert answers.get(second, "/", b"late") is None


class Load:
    """Asks one question over and over from several threads and counts what came back."""

    def __init__(self, url: str, key: str) -> None:
        self.url, self.headers = url, {"X-API-Key": key}
        self.statuses: Counter[int | str] = Counter()
        self.releases: Counter[str] = Counter()
        self._ended = threading.Event()
        self._threads = [threading.Thread(target=self._ask, args=(at,)) for at in range(4)]

    def __enter__(self) -> "Load":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        for thread in self._threads:
            thread.join()

    def _ask(self, at: int) -> None:
        with httpx.Client(base_url=self.url, headers=self.headers, timeout=30) as client:
            while not self._ended.is_set():
                question = DOOR.example | {"experience_years": at}
                try:
                    answer = client.get(DOOR.path, params=question)
                    told = orjson.loads(answer.content)
                except (httpx.HTTPError, orjson.JSONDecodeError) as error:
                    self.statuses[type(error).__name__] += 1
                    continue
                self.statuses[answer.status_code] += 1
                if answer.status_code == 200:
                    self.releases[answer.headers["x-release"]] += 1
                    if told["evidence"]["release"] != answer.headers["x-release"]:
                        self.statuses["of two releases"] += 1
                time.sleep(0.02)  # four threads: within the burst of the largest plan


@pytest.fixture
def server(tmp_path: Path, taxonomy: Path) -> Iterator[tuple[Store, Server, Api, str]]:
    """A real server process over a store of its own: store, database, server, key."""
    store = Store(tmp_path)
    marts.release(store.releases, taxonomy, datetime(2026, 10, 1, tzinfo=UTC))
    with running(store) as database:
        migrate(database.urls.owner)
        key = create_key(database.urls.admin, context(), "load@example.org", "load", plan="enterprise")
        with running_api(store, database.urls) as api:
            yield store, database, api, key


def test_a_release_is_swapped_in_and_a_database_killed_without_a_dropped_request(
    server: tuple[Store, Server, Api, str], taxonomy: Path
) -> None:
    store, database, api, key = server
    with Load(api.url, key) as load:
        until(lambda: load.statuses[200] > 50)
        second = marts.release(store.releases, taxonomy, datetime(2026, 10, 8, tzinfo=UTC), raised_by=500)
        until(lambda: load.releases[second.id] > 50)
        assert database.pid is not None
        os.kill(database.pid, signal.SIGKILL)
        before = load.statuses[200]
        until(lambda: load.statuses[200] > before + 200)
        until(api.ready)
    assert set(load.statuses) == {200}, load.statuses
    assert len(load.releases) == 2
