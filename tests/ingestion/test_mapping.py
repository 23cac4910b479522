"""The mapping engine: steps, conditions, capture days, and what a wrong mapping is told."""

from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from ingestion.tabular.apply import apply_mapping
from ingestion.tabular.mapping import Mapping, load_mapping
from ingestion.tabular.readers import Table
from ingestion.tabular.steps import STEPS, read_step
from kit.errors import BadInput

DAY = date(2026, 3, 4)


def stepped(steps: list[Any], *values: Any) -> list[Any]:
    """What the steps make of a column of texts (or of lists of texts)."""
    kind = pl.List(pl.String) if any(isinstance(value, list) for value in values) else pl.String
    frame = pl.DataFrame({"v": pl.Series(values, dtype=kind), "day": [DAY] * len(values)})
    value = pl.col("v")
    for written in steps:
        value = read_step(written).apply(value, pl.col("day"))
    return frame.select(value.alias("v"))["v"].to_list()


def mapping(**more: Any) -> Mapping:
    columns = {"source_posting_id": "id", "title": "job"} | more.pop("columns", {})
    return Mapping.model_validate({"frame": "postings", "about": "A test.", "capture": DAY, "columns": columns} | more)


def mapped(rules: Mapping, **columns: list[Any]) -> pl.DataFrame:
    n = len(next(iter(columns.values())))
    given = {"id": [str(i) for i in range(n)], "job": ["Baker"] * n} | columns
    lists = {name for name, values in given.items() if isinstance(values[0], list)}
    rows = pl.DataFrame(given, schema={name: pl.List(pl.String) if name in lists else pl.String for name in given})
    return apply_mapping(rules, Table(rows), "ads_2026-03.csv").rows


@pytest.mark.parametrize(
    ("steps", "value", "expected"),
    [
        (["strip_html"], "&lt;p&gt;One &amp;amp; two&lt;/p&gt;&lt;p&gt;three&lt;/p&gt;", "One & two\nthree"),
        ([{"strip_html": False}], "<strong>Data</strong> <em>Baker</em>", "Data Baker"),
        (["unescape"], "King&#39;s Mill", "King's Mill"),
        (["fix_mojibake"], "CafÃ© â€“ bar", "Café – bar"),
        (["trim"], "  a \t b ", "a b"),
        (["lower"], "ÄB", "äb"),
        (["upper"], "äb", "ÄB"),
        ([{"replace": {"pattern": "(a)b", "by": "$1-"}}], "abab", "a-a-"),
        ([{"extract": r"_(R\d+)"}], "x_R77-1", "R77"),
        ([{"extract": r"R\d+"}], "x_R77-1", "R77"),
        ([{"extract": r"R\d+"}], "none", None),
        ([{"prefix": "opm:"}, {"suffix": "!"}], "0201", "opm:0201!"),
        ([{"null_if": ["-1"]}], "-1", None),
        ([{"map": {"HR": "hour"}}], "HR", "hour"),
        ([{"map": {"values": {"HR": "hour"}, "otherwise": "keep"}}], "YR", "YR"),
        ([{"map": {"values": {"HR": "hour"}, "otherwise": "null"}}], "YR", None),
        (["country"], "United States", "US"),
        (["country"], "deu", "DE"),
        (["country"], "Atlantis", None),
        (["number"], "$ 1,234.50", 1234.5),
        (["number"], "45k", 45000.0),
        ([{"number": {"decimal": ","}}], "1.234,50 €", 1234.5),
        (["number"], "lots", None),
        (["date"], "2026-02-03T10:11:12+01:00", date(2026, 2, 3)),
        (["date"], "2026-02-03 10:11:12.5", date(2026, 2, 3)),
        ([{"date": ["%d.%m.%Y", "%d.%m.%y"]}], "03.02.26", date(2026, 2, 3)),
        ([{"date": "%d %B %Y"}], "3 February 2026", date(2026, 2, 3)),
        ([{"date": {"formats": [], "epoch": "ms"}}], "1747190117383", date(2025, 5, 14)),
        ([{"date": {"formats": [], "epoch": "s"}}], "1714605534", date(2024, 5, 1)),
        ([{"date": {"month_end": True}}], "2024-02-01", date(2024, 2, 29)),
        ([{"date": {"relative": True}}], "Posted Today", DAY),
        ([{"date": {"relative": True}}], "yesterday", date(2026, 3, 3)),
        ([{"date": {"relative": True}}], "Posted 5 Days Ago", date(2026, 2, 27)),
        ([{"date": {"relative": True}}], "vor 2 Wochen", date(2026, 2, 18)),
        ([{"date": {"relative": True}}], "an hour ago", DAY),
        ([{"date": {"relative": True}}], "30+ Days Ago", None),
        ([{"date": {"relative": True}}], "Recent", None),
        ([{"split": r"\s*[|;]\s*"}], "a | b;c", ["a", "b", "c"]),
        (["python_list"], """['sql', "driver's licence"]""", ["sql", "driver's licence"]),
        (["python_list"], "sql, r", None),
        (["first"], ["x", "y"], "x"),
        ([{"join": "; "}], ["x", "y"], "x; y"),
    ],
)
def test_steps(steps: list[Any], value: Any, expected: Any) -> None:
    assert stepped(steps, value, None) == [expected, None]


def test_every_step_is_tried_above_and_documented() -> None:
    marks = test_steps.pytestmark[0].args[1]
    tried = {step if isinstance(step, str) else next(iter(step)) for steps, *_ in marks for step in steps}
    assert tried == set(STEPS)
    readme = (Path(__file__).parents[2] / "ingestion/connectors/files/README.md").read_text()
    assert [name for name in STEPS if f"`{name}" not in readme] == []


def test_origins_of_a_column() -> None:
    rules = mapping(
        columns={
            "ats_id": {"template": "board:{id}"},
            "employer": {"first_of": [{"column": "firm", "steps": [{"null_if": ["?"]}]}, "agency"]},
            "places": {"list_of": ["city", "second_city"]},
            "description": {"concat": ["intro", "body"], "by": " / "},
            "country_hint": {"constant": "GB", "when": {"column": "city", "matches": "^Leeds"}},
            "requisition_id": {"column": ["REQ", "Ref"]},
            "url": {"column": "link", "optional": True},
        }
    )
    rows = mapped(
        rules, firm=["?", "F"], agency=["A", "B"], city=["Leeds", None], second_city=["York", None],
        intro=["i", None], body=["b", "c"], ref=["r1", "r2"],
    ).to_dicts()  # fmt: skip
    assert [row["ats_id"] for row in rows] == ["board:0", "board:1"]
    assert [row["employer"] for row in rows] == ["A", "F"]
    assert [row["places"] for row in rows] == [["Leeds", "York"], []]
    assert [row["description"] for row in rows] == ["i / b", "c"]
    assert [row["country_hint"] for row in rows] == ["GB", None]
    assert [row["requisition_id"] for row in rows] == ["r1", "r2"]
    assert [row["url"] for row in rows] == [None, None]


def test_an_identity_from_content_is_the_same_for_equal_rows_in_any_order() -> None:
    rules = mapping(columns={"source_posting_id": {"hash": "all"}})
    ids = mapped(rules, id=["x", "x", "y"])["source_posting_id"].to_list()
    assert ids[0] == ids[1] != ids[2]
    assert mapped(rules, id=["y", "x", "x"])["source_posting_id"].to_list() == ids[::-1]


def test_a_text_for_a_list_column_is_a_list_of_one() -> None:
    assert mapped(mapping(columns={"places": "city"}), city=["Bonn", None])["places"].to_list() == [["Bonn"], None]


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({"column": "c", "equals": "a"}, [True, False, False]),
        ({"column": "c", "one_of": ["a", "b"]}, [True, True, False]),
        ({"column": "c", "matches": "^b"}, [False, True, False]),
        ({"column": "c", "missing": True}, [False, False, True]),
        ({"column": "c", "missing": False}, [True, True, False]),
        ({"none_of": [{"column": "c", "equals": "a"}]}, [False, True, True]),
        ({"any_of": [{"column": "c", "equals": "a"}, {"column": "c", "missing": True}]}, [True, False, True]),
        (
            {"all_of": [{"column": "c", "missing": False}], "none_of": [{"column": "c", "equals": "a"}]},
            [False, True, False],
        ),
    ],
)
def test_conditions(condition: dict[str, Any], expected: list[bool]) -> None:
    rules = mapping(reject=[{"reason": "picked", "detail": "d", "when": condition}])
    assert mapped(rules, c=["a", "b", None])["_reason"].to_list() == ["picked" if hit else None for hit in expected]


def test_null_markers_and_blanks_are_null_everywhere() -> None:
    rows = mapped(mapping(columns={"employer": "firm"}, null_markers=["-1"]), firm=["-1", "  ", "F"])
    assert rows["employer"].to_list() == [None, None, "F"]


def test_withheld_figures_are_null_and_named_with_their_mark() -> None:
    rules = Mapping.model_validate(
        {
            "frame": "wage_statistics", "about": "A test.", "capture": DAY, "withheld_marks": ["*", "#"],
            "columns": {
                "year": {"constant": 2022}, "occupation_code": "code", "area_code": {"constant": "99"},
                "annual_mean": {"column": "mean", "steps": ["number"]},
                "annual_p90": {"column": "p90", "steps": ["number"]},
            },
        }
    )  # fmt: skip
    rows = apply_mapping(
        rules, Table(pl.DataFrame({"code": ["x", "y"], "mean": ["*", "5"], "p90": ["#", "9"]})), "f"
    ).rows
    assert rows["annual_mean"].to_list() == [None, 5.0]
    assert rows["withheld"].to_list() == ["annual_mean=* annual_p90=#", None]
    assert rows["_reason"].to_list() == [None, None]


@pytest.mark.parametrize(
    ("column", "reason"),
    [
        ({"pay_min": {"column": "v", "steps": ["number"]}}, "bad_pay"),
        ({"posted_on": {"column": "v", "steps": ["date"]}}, "bad_date"),
        ({"employment_text": {"column": "v", "steps": [{"map": {"F": "Full-time"}}]}}, "bad_employment_text"),
        ({"skills_listed": {"column": "v", "steps": ["python_list"]}}, "bad_skills_listed"),
        ({"ats_id": {"column": "v", "steps": [{"extract": {"pattern": r"\d", "lenient": False}}]}}, "bad_ats_id"),
    ],
)
def test_what_a_strict_step_cannot_read_is_a_reject(column: dict[str, Any], reason: str) -> None:
    assert mapped(mapping(columns=column), v=["odd", None])["_reason"].to_list() == [reason, None]


def test_a_listed_null_is_no_fault() -> None:
    rules = mapping(columns={"pay_kind": {"column": "v", "steps": [{"map": {"1": "estimated", "0": None}}]}})
    rows = mapped(rules, v=["1", "0", "7"])
    assert rows["pay_kind"].to_list() == ["estimated", None, None]
    assert rows["_reason"].to_list() == [None, None, "bad_pay"]


def test_capture_days_from_the_row_the_file_or_neither() -> None:
    by_row = mapping(capture={"value": {"column": "seen", "steps": ["date"]}})
    assert mapped(by_row, seen=["2026-01-02", "?"])["_day"].to_list() == [date(2026, 1, 2), None]
    assert mapped(by_row, seen=["2026-01-02", "?"])["_reason"].to_list() == [None, "bad_capture_day"]
    otherwise = mapping(capture={"value": {"column": "seen", "steps": ["date"]}, "otherwise": DAY})
    assert mapped(otherwise, seen=["2026-01-02", "?"])["_day"].to_list() == [date(2026, 1, 2), DAY]
    steps = [{"extract": r"(\d{4}-\d\d)"}, {"suffix": "-01"}, {"date": {"month_end": True}}]
    by_file = mapping(capture={"value": {"column": "@file", "steps": steps}})
    assert mapped(by_file, x=["1"])["_day"].to_list() == [date(2026, 3, 31)]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"columns": {"title": "job"}}, "postings needs source_posting_id"),
        ({"columns": {"source_posting_id": "id", "title": "job", "salary": "pay"}}, "has no column salary"),
        ({"columns": {"source_posting_id": "id", "title": {"column": "j", "constant": "x"}}}, "give exactly one of"),
        (
            {"columns": {"source_posting_id": "id", "title": {"column": "j", "steps": ["shout"]}}},
            "there is no step 'shout'",
        ),
        (
            {"columns": {"source_posting_id": "id", "title": {"column": "j", "steps": [{"split": "("}]}}},
            "not a regular",
        ),
        ({"capture": "sometime"}, "capture"),
        ({"capture": {"fetched": True, "on": "2026-01-01"}}, "a capture rule is"),
        ({"reject": [{"reason": "x_y", "detail": "", "when": {"column": "a"}}]}, "a condition is"),
        ({"identity": "id"}, "`identity` is for salaries"),
        ({"frame": "ads"}, "frame"),
        ({"colums": {}}, "colums"),
    ],
)
def test_a_wrong_mapping_is_told_where_and_what(change: dict[str, Any], told: str) -> None:
    written = {
        "frame": "postings",
        "about": "x",
        "capture": "2026-01-01",
        "columns": {"source_posting_id": "id", "title": "j"},
    }
    with pytest.raises(BadInput, match=told):
        load_mapping(written | change, Path())


def test_mappings_by_name_by_path_and_when_there_is_none(tmp_path: Path) -> None:
    text = "frame: postings\nabout: x\ncapture: 2026-01-01\ncolumns: {source_posting_id: id, title: j}\n"
    (tmp_path / "mine.yaml").write_text(text)
    assert load_mapping("mine", tmp_path) == load_mapping(str(tmp_path / "mine.yaml"), Path())
    assert load_mapping("mine", tmp_path).fingerprint() != mapping().fingerprint()
    with pytest.raises(BadInput, match="one of: mine"):
        load_mapping("yours", tmp_path)
    (tmp_path / "bad.yaml").write_text("columns: {a: b")
    with pytest.raises(BadInput, match="is not YAML"):
        load_mapping("bad", tmp_path)
