"""market-trends and coverage."""

from typing import Any

import pytest

from tests.serving.client import Client

COVERAGE = "/api/premium/coverage"
MARKETS = "/api/premium/market-trends"


def ask(client: Client, path: str, **parameters: Any) -> dict[str, Any]:
    answer = client.get(path, params=parameters)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def test_coverage_pages_through_every_cell_once(client: Client) -> None:
    seen: list[tuple[str, str]] = []
    cursor: dict[str, str] = {}
    while True:
        page = ask(client, COVERAGE, limit=3, **cursor)
        assert len(page["cells"]) <= 3
        seen += [(cell["occupation_code"], cell["place_id"]) for cell in page["cells"]]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert len(seen) == len(set(seen)) == 8
    whole = ask(client, COVERAGE, limit=200)
    assert [(cell["occupation_code"], cell["place_id"]) for cell in whole["cells"]] == seen
    assert whole["next_cursor"] is None


@pytest.mark.parametrize(
    ("filters", "count"),
    [
        ({"location": "New York, NY"}, 2),
        ({"job_title": "Registered Nurse"}, 3),
        ({"job_title": "Registered Nurse", "location": "us"}, 1),
        ({"published": False}, 1),
        ({"occupation_level": "broad"}, 1),
        ({"place_level": "region"}, 2),
        ({"job_title": "Registered Nurse", "occupation_level": "broad"}, 0),
        ({"period": "2023"}, 1),
        ({"basis": "reported"}, 0),
    ],
)
def test_coverage_filters(client: Client, filters: dict[str, Any], count: int) -> None:
    assert len(ask(client, COVERAGE, **filters)["cells"]) == count


def test_coverage_says_why_a_cell_has_no_figures(client: Client) -> None:
    cell = ask(client, COVERAGE, published=False)["cells"][0]
    assert (cell["published"], cell["reason"], cell["n_observations"]) == (False, "suppressed", 4)


def test_coverage_of_what_cannot_be_resolved_is_empty_with_suggestions(client: Client) -> None:
    told = ask(client, COVERAGE, location="Nwe Yrok")
    assert told["cells"] == []
    assert "New York" in told["suggestions"][0]["did_you_mean"]


@pytest.mark.parametrize("cursor", ["x", "!!", "YQ", "8J+YgA"])
def test_a_cursor_that_is_none_is_refused(client: Client, cursor: str) -> None:
    answer = client.get(COVERAGE, params={"cursor": cursor})
    assert (answer.status_code, answer.json()["faults"][0]["parameter"]) == (422, "cursor")


@pytest.mark.parametrize("limit", [0, 201, "many"])
def test_a_page_has_bounds(client: Client, limit: object) -> None:
    answer = client.get(COVERAGE, params={"limit": limit})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid-parameter")


def test_coverage_is_asked_by_get_alone(client: Client) -> None:
    answer = client.post(COVERAGE, json={})
    assert (answer.status_code, answer.json()["code"], answer.headers["allow"]) == (405, "method-not-allowed", "GET")


def test_a_market_has_its_whole_shape(client: Client) -> None:
    told = ask(client, MARKETS, location="United States")
    assert told["openings_index"]["latest"]["value"] == 104.5
    assert told["openings_index"]["base"] == {"from": "2025-10-01", "to": "2025-10-28"}
    assert [point["n_openings"] for point in told["openings_index"]["points"]] == [10, 11, 12]
    year = told["growth"]["year"]
    assert year["figure"]["value"] == 0.1
    assert year["figure"]["interval"] == {"level": 0.95, "low": 0.02, "high": 0.18}
    assert told["direction"] == year["direction"] == "rising"
    assert told["growth"]["28_days"]["figure"]["reason"] == "suppressed"
    assert [skill["id"] for skill in told["top_skills"]["entries"]] == ["python", "sql"]
    assert told["top_skills"]["entries"][0]["share"]["interval"]["low"] == 0.25
    assert [employer["id"] for employer in told["top_employers"]["entries"]] == ["acme", "bolt"]
    assert told["evidence"]["effective_query"]["level"] == "asked"


def test_a_market_tells_where_it_is_going(client: Client) -> None:
    told = ask(client, MARKETS, location="United States")
    index = told["weekly_index"]
    assert index["panel"]["value"] == 101.0
    assert index["panel"]["interval"] == {"level": 0.95, "low": 92.0, "high": 108.0}
    assert (index["panel_adjusted"]["reason"], index["panel_adjusted"]["detail"]) == ("suppressed", "short_window")
    assert [point["coverage_break"] for point in index["points"]] == [False, True]
    assert told["forecast"]["weeks"][0]["n_openings"]["interval"]["high"] == 85.0
    assert [entry["id"] for entry in told["emerging_skills"]["entries"]] == ["zig", "rust"]
    assert told["emerging_skills"]["n_tested"] == 3
    assert told["emerging_roles"]["reason"] == "not_covered"
    assert told["pay_trend"]["direction"] == "rising"
    remote = told["remote_share"]
    assert remote["value"] == 16 / 70
    assert remote["interval"]["low"] < 16 / 70 < remote["interval"]["high"]


def test_a_city_without_a_series_is_answered_by_its_country_and_said_to_be(client: Client) -> None:
    query = ask(client, MARKETS, location="Buffalo, NY")["evidence"]["effective_query"]
    assert query["level"] == "parent"
    assert query["answered_for"]["place_id"] == "us"
    assert query["place"]["id"] == "us/ny/buffalo"


def test_an_industry_has_employers_and_no_series(client: Client) -> None:
    told = ask(client, MARKETS, location="United States", industry="software")
    assert told["evidence"]["effective_query"]["industry"] == "51"
    assert told["openings_index"]["latest"]["reason"] == "not_covered"
    assert told["growth"]["year"]["direction"] == "unknown"
    assert [employer["id"] for employer in told["top_employers"]["entries"]] == ["bolt"]


@pytest.mark.parametrize("parameters", [{"location": "Qwxz"}, {"location": "us", "industry": "qwxz"}])
def test_a_market_that_cannot_be_resolved_is_not_guessed(client: Client, parameters: dict[str, str]) -> None:
    told = ask(client, MARKETS, **parameters)
    assert told["evidence"]["reason"] == "not_covered"
    assert told["evidence"]["suggestions"]
    assert told["top_employers"]["entries"] == []


def test_a_market_needs_a_place(client: Client) -> None:
    answer = client.get(MARKETS, params={"industry": "51"})
    assert (answer.status_code, answer.json()["faults"][0]["parameter"]) == (422, "location")
