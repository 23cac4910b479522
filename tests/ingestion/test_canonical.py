"""Canonical rows: typed, masked, identified, and every record accounted for."""

import json
from datetime import date
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.canonical import Conformed, conform, settle
from ingestion.identity import content_columns, key_columns
from ingestion.schema import FRAMES, REJECTED
from kit.errors import Permanent
from kit.identifiers import stable_id

DAY = date(2026, 3, 1)


def conformed(frame: str, *rows: dict[str, Any]) -> Conformed:
    return conform(frame, list(rows), "src", DAY, "page1")


def ad(**more: Any) -> dict[str, Any]:
    return {"source_posting_id": "1", "title": "Baker"} | more


def pay(amount: Any, **more: Any) -> dict[str, Any]:
    return {"title": "Baker", "pay_min": amount, "pay_currency": "USD", "pay_period": "year"} | more


def test_frames_come_out_exactly_as_the_schema_says() -> None:
    examples: dict[str, dict[str, Any]] = {
        "postings": ad(),
        "salaries": pay(10),
        "wage_statistics": {"year": 2022, "occupation_code": "soc2018:11-1011", "area_code": "99"},
        "fx_rates": {"rate_on": DAY, "base": "USD", "quote": "EUR", "rate": 0.9},
    }
    assert set(examples) == set(FRAMES)
    for frame, row in examples.items():
        settled = settle(frame, [conformed(frame, row).rows])
        assert dict(settled.rows.schema) == {name: _type(kind) for name, kind in FRAMES[frame].items()}
        assert settled.rows.height == 1


def _type(kind: Any) -> Any:
    return kind() if isinstance(kind, type) else kind


def test_rows_carry_where_they_came_from() -> None:
    row = conformed("postings", ad(), ad(source_posting_id="2")).rows.to_dicts()[1]
    assert (row["source"], row["captured_on"], row["page_id"], row["record_index"]) == ("src", DAY, "page1", 1)
    assert settle("postings", [conformed("postings", ad()).rows]).rows["posting_id"][0] == stable_id("src", "1")


@pytest.mark.parametrize(
    ("frame", "row", "reason"),
    [
        ("postings", {"source_posting_id": "1"}, "no_title"),
        ("postings", ad(title="  "), "no_title"),
        ("postings", {"title": "Baker"}, "no_source_posting_id"),
        ("postings", ad(pay_min="much"), "bad_pay"),
        ("postings", ad(pay_max=float("inf")), "bad_pay"),
        ("postings", ad(posted_on="next week"), "bad_date"),
        ("postings", ad(pay_period="fortnights"), "bad_pay_period"),
        ("postings", ad(pay_currency="dollars"), "bad_pay_currency"),
        ("postings", ad(country_hint="usa"), "bad_country_hint"),
        ("salaries", pay(None), "no_pay_min"),
        ("salaries", pay(10, basis="guessed"), "bad_basis"),
        ("fx_rates", {"rate_on": DAY, "base": "USD", "quote": "EUR"}, "no_rate"),
    ],
)
def test_a_record_that_is_no_row_is_rejected_whole(frame: str, row: dict[str, Any], reason: str) -> None:
    result = conformed(frame, row)
    assert result.rows.is_empty()
    assert dict(result.rejected.schema) == {name: _type(kind) for name, kind in REJECTED.items()}
    reject = result.rejected.to_dicts()[0]
    assert (reject["frame"], reject["reason"]) == (frame, reason)
    assert _said(json.loads(reject["record"])) == _said(json.loads(json.dumps(row, default=str)))


def _said(record: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in record.items() if value is not None}


def test_texts_that_are_numbers_days_or_single_places_are_read() -> None:
    row = conformed("postings", ad(pay_min="12.5", posted_on="2026-02-03", places="Bonn")).rows.to_dicts()[0]
    assert (row["pay_min"], row["posted_on"], row["places"]) == (12.5, date(2026, 2, 3), ["Bonn"])


def test_not_a_number_means_not_said() -> None:
    frame = pl.DataFrame({"source_posting_id": ["1"], "title": ["Baker"], "pay_min": [float("nan")]})
    assert conform("postings", frame, "src", DAY, "p").rows["pay_min"].to_list() == [None]


def test_an_unknown_column_is_an_error_not_a_loss() -> None:
    with pytest.raises(Permanent, match="has no column salary"):
        conformed("postings", ad(salary=1))


def test_people_are_masked_in_rows_and_in_rejects() -> None:
    text = "Apply to jane.roe@example.org or call (212) 555-0188"
    row = conformed(
        "postings", ad(description=text, title="Baker jane.roe@example.org", url="https://x/?a=b@c.de")
    ).rows
    assert "example.org" not in row["description"][0] + row["title"][0]
    assert "555" not in row["description"][0]
    assert row["url"][0] == "https://x/?a=b@c.de"
    reject = conformed("postings", {"source_posting_id": "1", "description": f"first line\n{text}"}).rejected
    assert "jane" not in reject["record"][0]
    assert "555" not in reject["record"][0]
    listed = conformed("postings", ad(places=["Bonn", " ", "jane.roe@example.org", "Bonn"])).rows["places"].to_list()[0]
    assert listed == ["Bonn", "[e-mail]"]


def test_names_of_jobs_and_firms_are_no_persons() -> None:
    rows = conformed(
        "postings",
        ad(title="Recruiter - Human Resources", employer="1-800-OVENS.COM, Inc."),
        ad(title="Baker, ask jane.roe@example.org", employer="Ovens (212) 555-0188"),
    ).rows
    assert rows["title"].to_list() == ["Recruiter - Human Resources", "Baker, ask [e-mail]"]
    assert rows["employer"].to_list() == ["1-800-OVENS.COM, Inc.", "Ovens [phone]"]


def test_the_hash_depends_on_what_is_said_and_nothing_else() -> None:
    one = conformed("postings", ad(employer="Ovens Ltd")).rows["record_hash"][0]
    other_place = conform("postings", [{"employer": "Ovens Ltd", **ad()}], "other", date(2025, 1, 1), "p9")
    assert other_place.rows["record_hash"][0] == one
    assert conformed("postings", ad(employer="Ovens Inc")).rows["record_hash"][0] != one
    assert conformed("postings", ad(pay_text="Ovens Ltd")).rows["record_hash"][0] != one


def test_exact_repeats_are_counted_and_dropped() -> None:
    settled = settle("postings", [conformed("postings", ad(), ad()).rows, conformed("postings", ad()).rows])
    assert (settled.rows.height, settled.repeats, settled.superseded.height) == (1, 2, 0)


def test_of_one_identity_the_latest_stays_and_the_others_are_superseded() -> None:
    old, new = ad(posted_on="2026-01-01", employer="A"), ad(posted_on="2026-02-01")
    for rows in ((old, new), (new, old)):
        settled = settle("postings", [conformed("postings", *rows).rows])
        assert settled.rows["posted_on"].to_list() == [date(2026, 2, 1)]
        assert settled.superseded["reason"].to_list() == ["superseded"]
        assert json.loads(settled.superseded["record"][0])["employer"] == "A"


def test_equal_salaries_of_distinct_people_all_stay() -> None:
    rows = [pay(10), pay(10), pay(11), pay(10)]
    settled = settle("salaries", [conformed("salaries", *rows).rows])
    assert (settled.rows.height, settled.repeats) == (4, 0)
    assert settled.rows["observation_id"].n_unique() == 4
    turned = settle("salaries", [conformed("salaries", *reversed(rows)).rows])
    assert sorted(turned.rows["observation_id"]) == sorted(settled.rows["observation_id"])


def test_salaries_with_a_key_of_their_own_repeat_and_supersede() -> None:
    rows = [pay(10, identity="a"), pay(10, identity="a"), pay(12, identity="a"), pay(10, identity="b")]
    settled = settle("salaries", [conformed("salaries", *rows).rows])
    assert (settled.rows.height, settled.repeats, settled.superseded.height) == (2, 1, 1)


@settings(deadline=None, max_examples=40, derandomize=True)  # the clock of a busy machine proves nothing
@given(st.lists(st.tuples(st.integers(0, 3), st.sampled_from(["Baker", "Cook", ""]), st.integers(0, 2)), max_size=12))
def test_every_record_is_accounted_for_in_any_order(records: list[tuple[int, str, int]]) -> None:
    rows = [{"source_posting_id": str(i), "title": title, "pay_min": amount} for i, title, amount in records]
    results = []
    for given_rows in (rows, rows[::-1]):
        result = conformed("postings", *given_rows)
        settled = settle("postings", [result.rows])
        rejected = result.rejected.height + settled.superseded.height
        assert len(rows) == settled.rows.height + rejected + settled.repeats
        results.append(settled.rows.drop("record_index"))
        assert not settled.rows.select(key_columns("postings")).is_duplicated().any()
    assert results[0].equals(results[1])


def test_content_is_everything_but_provenance_and_ids() -> None:
    assert {"posting_id", "source", "record_hash", "page_id"}.isdisjoint(content_columns("postings"))
    assert "title" in content_columns("postings")
