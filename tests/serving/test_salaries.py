"""salary-insights: what it says, and what it does not."""

from typing import Any

import pytest

from tests.serving.client import Client

PATH = "/api/premium/salary-insights"
DEVELOPER: dict[str, Any] = {"job_title": "Software Developer", "location": "New York, NY"}
NURSE: dict[str, Any] = {"job_title": "Registered Nurse", "location": "New York, NY"}


def ask(client: Client, **parameters: Any) -> dict[str, Any]:
    answer = client.get(PATH, params=parameters)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def test_the_figures_are_the_cell_s_own(client: Client) -> None:
    told = ask(client, **DEVELOPER)
    assert told["job_title"] == "Software Developer"
    assert told["salary_range"] == {
        "min": 82_500, "max": 217_500, "median": 151_000, "average": 153_000, "currency": "USD",
    }  # fmt: skip
    assert told["market_percentiles"] == {"25th": 112_500, "50th": 151_000, "75th": 187_500, "90th": 210_000}
    assert told["sample_size"] == 120
    assert told["data_freshness"] == "2026-09-30"
    assert told["experience_breakdown"]["2-4"]["median"] == 150_000
    assert told["experience_breakdown"]["2-4"]["sample_size"] == 60
    assert told["experience_breakdown"]["5-9"]["reason"] == "no_data"
    assert told["experience_breakdown"]["10+"] == {
        "median": None, "p25": None, "p75": None, "sample_size": 8, "reason": "suppressed", "interval": None,
    }  # fmt: skip


def test_every_figure_has_its_evidence(client: Client) -> None:
    evidence = ask(client, **DEVELOPER)["evidence"]
    median = evidence["figures"]["salary_range.median"]
    assert median == {
        "value": 151_000, "unit": "USD per year", "interval": {"level": 0.95, "low": 142_500, "high": 157_500},
        "interval_reason": None, "reason": None, "detail": None,
    }  # fmt: skip
    assert evidence["demo"] is True
    assert evidence["reason"] is None
    assert evidence["level"] == "asked"
    assert evidence["weights"] == {"own": 1.0, "parent": 0.0}
    assert evidence["method"] == "advertised-pay@2"
    assert evidence["window"] == {"from": "2025-10-01", "to": "2026-09-30"}
    assert (evidence["n_openings"], evidence["n_observations"], evidence["n_employers"]) == (240, 120, 40)
    assert (evidence["n_effective"], evidence["n_employers_effective"]) == (108, 30)
    assert evidence["interval_method"] == "clustered"
    assert evidence["stated"] == {"low": 135_000, "mid": 148_500, "high": 165_000, "share_ranges": 0.6}
    assert evidence["in_dollars"] == {"median": 150_000, "rate": 1.0, "reason": None}
    assert evidence["sources"][0]["attribution"] == "A board"
    assert evidence["sources"][0]["display"] is False
    query = evidence["effective_query"]
    assert query["occupation"]["code"] == "15-1252"
    assert query["occupation"]["probability"] > 0.9
    assert query["place"] == {"id": "us/ny/new-york", "level": "city", "name": "New York"}
    assert query["basis"] == "advertised"


def test_a_percentile_that_the_data_cannot_carry_is_null_with_its_reason(client: Client) -> None:
    told = ask(client, **DEVELOPER, industry="51")
    assert told["salary_range"]["min"] is None
    assert told["salary_range"]["median"] == 161_000
    low = told["evidence"]["figures"]["salary_range.min"]
    assert (low["value"], low["reason"], low["detail"]) == (None, "suppressed", "too_few")


@pytest.mark.parametrize(
    ("parameters", "dimension", "value", "median"),
    [
        ({"experience_years": 3}, "experience", "2-4", 150_000),
        ({"experience_years": 0.5}, "experience", "0-1", 120_000),
        ({"company_size": "250-999"}, "company_size", "250-999", 156_000),
        ({"industry": "51"}, "industry", "51", 161_000),
        ({"industry": "information"}, "industry", "51", 161_000),
        ({"industry": "software"}, "industry", "51", 161_000),
    ],
)
def test_one_filter_has_its_own_cell(
    client: Client, parameters: dict[str, Any], dimension: str, value: str, median: float
) -> None:
    told = ask(client, **DEVELOPER, **parameters)
    chosen = told["evidence"]["effective_query"]["filter"]
    assert (chosen["dimension"], chosen["value"]) == (dimension, value)
    assert told["salary_range"]["median"] == median


def test_a_rank_in_the_title_is_a_filter_and_gives_way_to_one_that_is_asked_for(client: Client) -> None:
    told = ask(client, job_title="Senior Software Developer", location="New York, NY")
    assert told["evidence"]["effective_query"]["filter"] == {
        "dimension": "seniority", "value": "senior", "from": "job_title",
    }  # fmt: skip
    assert told["salary_range"]["median"] == 181_000
    told = ask(client, job_title="Senior Software Developer", location="New York, NY", experience_years=3)
    assert told["evidence"]["effective_query"]["filter"]["dimension"] == "experience"
    assert "seniority senior" in told["evidence"]["effective_query"]["not_applied"][0]


def test_two_filters_at_once_have_no_cell(client: Client) -> None:
    told = ask(client, **DEVELOPER, company_size="250-999", experience_years=3)
    assert told["salary_range"]["median"] is None
    assert told["evidence"]["reason"] == "not_covered"
    assert all(figure["reason"] == "not_covered" for figure in told["evidence"]["figures"].values())
    assert told["evidence"]["alternatives"][0]["what"] == "one filter alone"


def test_a_thin_cell_is_withheld_and_the_wider_ones_are_named(client: Client) -> None:
    told = ask(client, **NURSE)
    evidence = told["evidence"]
    assert told["salary_range"] == {"min": None, "max": None, "median": None, "average": None, "currency": "USD"}
    assert told["sample_size"] == 4
    assert evidence["reason"] == "suppressed"
    assert evidence["level"] is None
    wider = evidence["alternatives"][0]
    assert (wider["what"], wider["place"]["id"], wider["n_observations"]) == ("a wider place", "us", 300)
    followed = ask(client, **wider["parameters"])
    assert followed["salary_range"]["median"] == 89_000


def test_a_thin_cell_that_is_pooled_says_so_with_its_weights_and_parent(client: Client) -> None:
    told = ask(client, **NURSE | {"location": "us/ny"})
    evidence = told["evidence"]
    assert evidence["reason"] is None
    assert told["salary_range"]["median"] == 92_000
    assert (evidence["level"], evidence["weights"]) == ("pooled", {"own": 0.25, "parent": 0.75})
    assert (evidence["parent"]["occupation_code"], evidence["parent"]["place_id"]) == ("29-1141", "us")
    assert (evidence["method"], evidence["interval_method"]) == ("pooled-pay@1", "shrunk")


def test_a_split_that_is_too_thin_to_have_a_cell_is_withheld(client: Client) -> None:
    told = ask(client, **DEVELOPER, company_size="1-49")
    assert told["evidence"]["reason"] == "suppressed"
    assert told["evidence"]["alternatives"][0]["what"] == "without the filter"


def test_where_nothing_was_seen_there_is_no_data(client: Client) -> None:
    told = ask(client, job_title="Electrician", location="Chicago, IL")
    assert told["evidence"]["reason"] == "no_data"
    assert told["sample_size"] == 0
    assert told["salary_range"]["median"] is None


def test_a_past_year_has_its_own_figures(client: Client) -> None:
    assert ask(client, **DEVELOPER, period="2023")["salary_range"]["median"] == 121_000
    assert ask(client, **DEVELOPER, period="2021")["evidence"]["reason"] == "no_data"


def test_as_of_answers_with_what_was_known_then(client: Client) -> None:
    told = ask(client, **DEVELOPER, as_of="2026-10-05")
    assert told["salary_range"]["median"] == 150_000
    assert told["evidence"]["as_of"] == "2026-10-05"


@pytest.mark.parametrize(
    ("title", "place", "parameter"), [("qwxz", "New York, NY", "job_title"), ("Software Developer", "Qwxz", "location")]
)
def test_what_cannot_be_resolved_is_not_guessed(client: Client, title: str, place: str, parameter: str) -> None:
    told = ask(client, job_title=title, location=place)
    assert told["evidence"]["reason"] == "not_covered"
    assert told["salary_range"]["median"] is None
    assert [suggestion["parameter"] for suggestion in told["evidence"]["suggestions"]] == [parameter]


@pytest.mark.parametrize(("place", "around"), [("Qwxzville, NY", "us/ny"), ("Springfield", "us")])
def test_an_unknown_or_ambiguous_city_is_not_answered_by_what_is_around_it(
    client: Client, place: str, around: str
) -> None:
    told = ask(client, job_title="Software Developer", location=place)
    assert told["evidence"]["reason"] == "not_covered"
    assert told["salary_range"]["median"] is None
    assert told["trending_direction"] == "unknown"
    assert told["evidence"]["effective_query"]["place"]["id"] is None
    named = told["evidence"]["alternatives"][0]
    assert (named["what"], named["place"]["id"]) == ("a wider place", around)


@pytest.mark.parametrize(
    ("place", "id_"),
    [("New York metro", "us/metro/35620"), ("us/ny", "us/ny"), ("NYC", "us/ny/new-york"), ("Remote, US", "us")],
)
def test_places_are_taken_as_they_are_meant(client: Client, place: str, id_: str) -> None:
    told = ask(client, job_title="15-1252", location=place)
    assert told["evidence"]["effective_query"]["place"]["id"] == id_
    assert told["salary_range"]["median"] is not None


def test_names_that_are_nearly_right_are_suggested(client: Client) -> None:
    told = ask(client, job_title="Software Developer", location="Nwe Yrok")
    assert "New York" in told["evidence"]["suggestions"][0]["did_you_mean"]


def test_an_unknown_industry_is_told_with_the_sectors(client: Client) -> None:
    told = ask(client, **DEVELOPER, industry="qwxz")
    assert told["evidence"]["reason"] == "not_covered"
    assert "51 Information" in told["evidence"]["suggestions"][0]["did_you_mean"]


def test_the_direction_is_decided_by_the_interval_and_a_parent_is_said_to_be_one(client: Client) -> None:
    told = ask(client, **DEVELOPER)
    trend = told["evidence"]["trend"]
    assert told["trending_direction"] == trend["direction"] == "rising"
    assert (trend["level"], trend["cell"]) == ("parent", "advertised/15-1252/us/ny")
    assert trend["growth"]["value"] == pytest.approx(150 / 140 - 1)
    assert trend["growth"]["interval"]["low"] > 0
    nurse = ask(client, job_title="Registered Nurse", location="United States")
    assert nurse["trending_direction"] == "flat"
    assert ask(client, job_title="Electrician", location="Texas")["trending_direction"] == "unknown"


@pytest.mark.parametrize(
    ("wrong", "parameter"),
    [
        ({"job_title": None}, "job_title"),
        ({"location": ""}, "location"),
        ({"job_title": "x" * 201}, "job_title"),
        ({"experience_years": "many"}, "experience_years"),
        ({"experience_years": "-1"}, "experience_years"),
        ({"company_size": "12"}, "company_size"),
        ({"period": "last year"}, "period"),
        ({"basis": "guessed"}, "basis"),
        ({"as_of": "yesterday"}, "as_of"),
    ],
)
def test_bad_input_is_named(client: Client, wrong: dict[str, Any], parameter: str) -> None:
    given = {name: value for name, value in (DEVELOPER | wrong).items() if value is not None}
    for answer in (client.get(PATH, params=given), client.post(PATH, json=given)):
        assert answer.status_code == 422
        assert answer.json()["code"] == "invalid-parameter"
        assert [fault["parameter"] for fault in answer.json()["faults"]] == [parameter]


def test_a_parameter_given_twice_is_refused(client: Client) -> None:
    answer = client.get(f"{PATH}?job_title=a&job_title=b&location=us")
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid-parameter")


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"x"', b"7", b"null"])
def test_a_body_that_is_no_object_is_refused(client: Client, body: bytes) -> None:
    answer = client.post(PATH, content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (422, "malformed-body")


def test_a_body_that_is_too_large_is_refused(client: Client) -> None:
    answer = client.post(PATH, content=b" " * 20_000)
    assert (answer.status_code, answer.json()["code"]) == (413, "body-too-large")


def test_post_takes_no_parameters_in_its_address(client: Client) -> None:
    answer = client.post(f"{PATH}?location=us", json=DEVELOPER)
    assert (answer.status_code, answer.json()["code"]) == (422, "unknown-parameter")
