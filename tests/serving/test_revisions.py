"""The door of revisions: a cell through the releases, and what changed it."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from kit.clock import fixed_clock
from kit.postgres import Server
from kit.releases import Gate, Release, publish
from kit.releases.explained import write_explained
from kit.store import Store
from serving.app import create_app
from serving.settings import ServingSettings
from tests.databases import addresses
from tests.serving import market_marts, marts
from tests.serving.client import Client, serving

PATH = "/api/premium/revisions"
DEVELOPER = {"job_title": "Software Developers", "location": "New York, NY"}
CELL = ["trailing", "advertised", "detailed", "15-1252", "city", "us/ny/new-york", "all", "all"]


@pytest.fixture(scope="module")
def releases(tmp_path_factory: pytest.TempPathFactory, taxonomy: Path) -> tuple[Store, list[Release]]:
    """Four releases of one market: the third failed a gate, the last says which it follows and was explained."""
    store = Store(tmp_path_factory.mktemp("revisions"))
    made: list[Release] = []
    for month, raised, more in (
        (7, 0.0, {}),
        (8, 500.0, {"changes": {"since": "", "causes": ["new_data"]}}),
        (9, 9_999.0, {}),
        (10, 750.0, {"changes": {"since": "", "causes": ["method", "new_data"]}}),
    ):
        if "changes" in more:
            more["changes"]["since"] = [one for one in made if not one.gates_failed][-1].id
        release = publish(
            store.releases,
            marts.tables(raised) | market_marts.tables(),
            keys=marts.KEYS | market_marts.KEYS,
            folders={"taxonomy": taxonomy},
            facts=marts.FACTS | more,
            gates=[Gate(name="sound", passed=month != 9, detail="")],
            clock=fixed_clock(datetime(2026, month, 1, tzinfo=UTC)),
        )
        assert release is not None
        made.append(release)
    row = dict(zip(marts.KEYS["mart_pay_bands"], CELL, strict=True)) | {"causes": ["method"]}
    write_explained(
        store.releases, made[1].id, made[3].id, [("mart_pay_bands", marts.KEYS["mart_pay_bands"], pl.DataFrame([row]))]
    )
    return store, made


@pytest.fixture(scope="module")
def asked(releases: tuple[Store, list[Release]], postgres: Server, key: str) -> Iterator[Client]:
    app = create_app(ServingSettings(store=releases[0].root, **addresses(postgres.urls)))
    with serving(app) as client:
        yield client.with_headers(Authorization=f"Bearer {key}")


def told(client: Client, **parameters: Any) -> dict[str, Any]:
    answer = client.get(PATH, params=DEVELOPER | parameters)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_a_cell_through_the_good_releases(asked: Client, releases: tuple[Store, list[Release]]) -> None:
    good = [releases[1][0], releases[1][1], releases[1][3]]
    found = told(asked)
    assert [one["release"] for one in found["vintages"]] == [release.id for release in good]
    assert [one["figures"]["median"] for one in found["vintages"]] == [150_000, 150_500, 150_750]
    assert (found["basis"], found["currency"], found["reason"]) == ("advertised", "USD", None)
    assert [(one["before"], one["after"]) for one in found["revisions"]] == [
        (good[0].id, good[1].id), (good[1].id, good[2].id),
    ]  # fmt: skip
    assert found["revisions"][0]["changed"] == [
        {"figure": "median", "before": 150_000, "after": 150_500, "change": pytest.approx(500 / 150_000)}
    ]


def test_causes_are_the_cells_own_where_they_were_explained(asked: Client) -> None:
    first, second = told(asked)["revisions"]
    assert (first["causes"], first["causes_of"]) == (["new_data"], "release")
    assert (second["causes"], second["causes_of"]) == (["method"], "cell")


def test_since_limit_and_as_of_choose_the_releases(asked: Client, releases: tuple[Store, list[Release]]) -> None:
    made = [release.id for release in releases[1]]

    def seen(**more: Any) -> list[str]:
        return [one["release"] for one in told(asked, **more)["vintages"]]

    assert seen(since="2026-08-01") == [made[1], made[3]]
    assert seen(limit=2) == [made[1], made[3]]
    assert seen(as_of="2026-08-15") == made[:2]
    assert seen(release=made[0]) == made[:1]
    assert asked.get(PATH, params=DEVELOPER | {"limit": 1}).status_code == 422


def test_what_cannot_be_told_has_a_reason(asked: Client) -> None:
    nowhere = told(asked, location="Nowhere at all")
    assert (nowhere["reason"], nowhere["vintages"], nowhere["revisions"]) == ("not_covered", [], [])
    empty = told(asked, period="1999")
    assert empty["reason"] == "no_data"
    assert {one["reason"] for one in empty["vintages"]} == {"no_data"}


def test_two_releases_without_a_known_way_have_no_causes(asked: Client, releases: tuple[Store, list[Release]]) -> None:
    made = releases[1]
    explained = releases[0].releases / "explained" / f"{made[1].id}..{made[3].id}.lmdb"
    aside = explained.with_suffix(".aside")
    explained.rename(aside)
    try:
        latest = told(asked, since="2026-08-01")["revisions"][-1]
        assert (latest["causes"], latest["causes_of"]) == (["method", "new_data"], "release")
    finally:
        aside.rename(explained)
