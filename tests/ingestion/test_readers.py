"""Files of every format become one table of texts; what is no such file is malformed."""

import gzip
import io
import json
import zipfile
from typing import Any

import polars as pl
import pytest

from ingestion.connector import MalformedPage
from ingestion.tabular.readers import ReadOptions, read_table

ROWS = [{"a": "1", "b": "Käse"}, {"a": "2", "b": None}]


def zipped(*members: tuple[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, body in members:
            archive.writestr(name, body)
    return buffer.getvalue()


def parquet() -> bytes:
    buffer = io.BytesIO()
    pl.DataFrame(ROWS).write_parquet(buffer)
    return buffer.getvalue()


def excel() -> bytes:
    buffer = io.BytesIO()
    pl.DataFrame(ROWS).write_excel(buffer)
    return buffer.getvalue()


CSV = "a,b\n1,Käse\n2,\n"
LINES = "\n".join(json.dumps(row) for row in ROWS)


@pytest.mark.parametrize(
    ("name", "body", "options"),
    [
        ("x.csv", CSV.encode(), {}),
        ("x.csv", b"\xef\xbb\xbf" + CSV.encode(), {}),
        ("x.csv", CSV.encode("cp1252"), {"encoding": "cp1252"}),
        ("x.csv", CSV.replace(",", ";").encode(), {"delimiter": ";"}),
        ("x.tsv", CSV.replace(",", "\t").encode(), {}),
        ("x.csv.gz", gzip.compress(CSV.encode(), mtime=0), {}),
        ("x.parquet", parquet(), {}),
        ("x.xlsx", excel(), {}),
        ("x.json", json.dumps(ROWS).encode(), {}),
        ("x.json", json.dumps({"data": {"rows": ROWS}}).encode(), {"records": "data.rows"}),
        ("x.jsonl", LINES.encode(), {}),
        ("x.jsonl.gz", gzip.compress(LINES.encode(), mtime=0), {}),
        ("dump", CSV.encode(), {"format": "csv"}),
    ],
)
def test_every_format_gives_the_same_table(name: str, body: bytes, options: dict[str, Any]) -> None:
    table = read_table(body, name, ReadOptions(**options))
    assert table.rows.to_dicts() == ROWS
    assert table.torn == []


def test_members_of_a_zip_stand_below_each_other_and_know_their_name() -> None:
    body = zipped(("b.csv", b"a\n2\n"), ("a.csv", b"a\n1\n"), ("notes.txt", b"read me\n"))
    rows = read_table(body, "x.zip", ReadOptions(member="*.csv")).rows
    assert rows.to_dicts() == [{"a": "1", "@member": "a.csv"}, {"a": "2", "@member": "b.csv"}]


def test_nested_json_has_dotted_names_and_lists_stay_lists() -> None:
    records = [{"a": {"b": 1, "c": True}, "l": ["x", "y"]}, {"a": {"b": 2.5}, "l": "z"}, "stray"]
    table = read_table(json.dumps(records).encode(), "x.json", ReadOptions())
    assert table.rows.to_dicts() == [
        {"a.b": "1", "a.c": "true", "l": ["x", "y"]},
        {"a.b": "2.5", "a.c": None, "l": ["z"]},
    ]
    assert table.torn == [("a str where a record was due", "stray")]


def test_a_line_with_too_many_fields_is_torn_and_the_others_stand() -> None:
    table = read_table(b'a,b\n1,"x, y"\n2,y,z\n3\n', "x.csv", ReadOptions())
    assert table.rows.to_dicts() == [{"a": "1", "b": "x, y"}, {"a": "3", "b": None}]
    assert table.torn == [("3 fields under 2 columns, line 3", ["2", "y", "z"])]


def test_a_line_that_is_no_json_is_torn_and_the_others_stand() -> None:
    body = '{"a": "one\u2028line"}\n{"a": "cut o\r\n{"a": "half a pair \\ud83d"}\n'
    table = read_table(body.encode(), "x.jsonl", ReadOptions())
    assert table.rows["a"].to_list() == ["one\u2028line", "half a pair ?"]
    ((detail, record),) = table.torn
    assert detail.startswith("line 2 is no JSON: ")
    assert record == '{"a": "cut o\r'


def test_a_wide_table_is_made_long() -> None:
    options = ReadOptions.model_validate({"unpivot": {"keep": ["day"], "name": "currency", "value": "rate"}})
    rows = read_table(b"day,EUR,GBP\nmon,1,2\n", "x.csv", options).rows
    assert rows.rows() == [("mon", "EUR", "1"), ("mon", "GBP", "2")]


@pytest.mark.parametrize(
    ("name", "body", "options"),
    [
        ("x.parquet", b"no parquet", {}),
        ("x.json", b'{"a": ', {}),
        ("x.json", b"[" * 100_000, {}),
        ("x.json", b'{"a": 1}', {}),
        ("x.jsonl", b"<html>\n</html>", {}),
        ("x.csv", b"\xff\xfe\x00", {}),
        ("x.csv.gz", gzip.compress(CSV.encode(), mtime=0)[:-9], {}),
        ("x.zip", zipped(("a.txt", b"")), {"member": "*.csv"}),
        ("x.xlsx", b"PK\x03\x04 not a workbook", {}),
        ("x.unheard", b"a", {}),
        ("x.csv", b"", {}),
    ],
)
def test_a_file_that_is_not_what_it_says_is_malformed(name: str, body: bytes, options: dict[str, Any]) -> None:
    with pytest.raises(MalformedPage, match=name):
        read_table(body, name, ReadOptions(**options))
