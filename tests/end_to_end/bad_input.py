"""What a source should never send and sometimes does, as files of one: each record beside what is to become of it."""

import gzip
import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import polars as pl

from tests.end_to_end.small_market import LAST

Record = dict[str, Any]
SHOWN = LAST - timedelta(1)
WRITTEN = datetime(SHOWN.year, SHOWN.month, SHOWN.day, 12, tzinfo=UTC).timestamp()
LONG = 10_000  # characters
FEW, MANY = "Astronomers", "Registered Nurse"  # titles that the small market does not advertise in New Zealand
DATE = {"date": ["%Y-%m-%d"]}
FIELDS: dict[str, Any] = {
    "source_posting_id": "id",
    "title": "title",
    "employer": "employer",
    "places": {"column": "place", "steps": [{"split": ";"}]},
    "country_hint": "country",
    "description": "text",
    "pay_min": {"column": "low", "steps": ["number"]},
    "pay_max": {"column": "high", "steps": ["number"]},
    "pay_currency": "currency",
    "pay_period": "period",
    "posted_on": {"column": "posted", "steps": [DATE]},
    "closes_on": {"column": "closes", "steps": [DATE]},
    "occupation_code": "code",
}
COLUMNS = {
    name: {"optional": True} | ({"column": field} if isinstance(field, str) else field)
    for name, field in FIELDS.items()
}
MAPPING = {
    "about": "What nobody should send.",
    "frame": "postings",
    "capture": {"value": {"column": "shown", "steps": [DATE]}},
    "columns": COLUMNS,
}


PAID_MAPPING = {
    "about": "What nobody should report to be paid.",
    "frame": "salaries",
    "capture": {"value": {"column": "shown", "steps": [DATE]}},
    "identity": "id",
    "columns": {
        name: column if isinstance(column, str) else {"optional": True} | column
        for name, column in FIELDS.items()
        if name in ("title", "employer", "country_hint", "pay_min", "pay_max", "pay_currency", "pay_period")
    }
    | {
        "place": "place",
        "basis": {"constant": "reported"},
        "observed_on": {"column": "posted", "steps": [DATE]},
        "experience_years": {"column": "years", "steps": ["number"]},
        "n_workers": {"column": "workers", "steps": ["number"]},
    },
}


def record(name: str, **fields: Any) -> Record:
    """A posting like the market's own, but for what is given."""
    own = {"id": name, "shown": str(SHOWN), "title": "Software Developer", "employer": "Odd Ltd", "country": "US"}
    place = {"place": "Austin, TX", "posted": str(SHOWN), "currency": "USD", "period": "year"}
    return own | place | {"text": f"{name}: you will write software with others."} | fields


REJECTED: list[tuple[str, Record]] = [  # each with the reason
    ("no_title", record("blank title", title=" \t ")),
    ("no_title", record("title of nothing but a NUL", title="\0")),
    ("no_source_posting_id", record("", text="without an id")),
    ("bad_pay", record("negative pay", low=-50_000, high=-40_000)),
    ("bad_pay", record("pay of infinity", low="inf", high="inf")),
    ("bad_pay", record("pay beyond all numbers", low="1e999", high="1e999")),
    ("bad_pay", record("pay in words", low="plenty", high="more")),
    ("bad_pay_currency", record("no such form of currency", low=60_000, high=70_000, currency="doubloons")),
    ("bad_date", record("posted on no day", posted="2026-02-30")),
    ("bad_date", record("closes in 9999", closes="9999-12-31")),
    ("bad_capture_day", record("captured in 1900", shown="1900-01-01")),
    ("bad_capture_day", record("captured in 2100", shown="2100-01-01")),
    ("bad_capture_day", record("captured next week", shown=str(LAST + timedelta(8)))),
    ("superseded", record("one id, two contents", title="Software Developer", posted="2026-06-01")),
]
UNPAID: list[tuple[str, Record]] = [  # openings whose pay is null, each with the reason
    ("out_of_range", record("zero pay", low=0, high=0)),
    ("out_of_range", record("pay of 1e12", low=1e12, high=1e12)),
    ("out_of_range", record("pay of 1e12 in a currency of large figures", low=1e12, high=1e12, currency="IDR")),
    ("implausible_range", record("pay from 9,000 to 900,000", low=9_000, high=900_000)),
    ("no_rate", record("unknown currency", low=60_000, high=70_000, currency="XQX")),
]
NOTHING_SAID = "not_stated"
UNPAID += [
    (NOTHING_SAID, row)
    for row in (
        record("pay of NaN", low="NaN", high="NaN"),
        record("posted in 1900", posted="1900-01-01"),
        record("posted in 2100", posted="2100-01-01"),
        record("a title of 10,000 characters", title="developer " * (LONG // 10)),
        record("a title of one word of 10,000 characters", title="x" * LONG),
        record("an employer of 10,000 characters", employer="Odd " * (LONG // 4)),
        record("an employer with a NUL", employer="Odd\0Ltd"),
        record("NULs in title and text", title="Software\0Developer", text="Py\0thon\0" * 50),
        record("from right to left, with pictures", title="مهندس برمجيات 🚀👩‍💻", text="مطلوب מפתח \u202e 🚀" * 40),
        record("half a surrogate pair", title="Software Developer \ufffd"),
        record("an occupation that left the taxonomy", title="Zzyzx", code="soc2018:15-1199.99"),
        record("no place and no country", place=None, country=None),
        record("one id, two contents", title="Software Developer", posted=str(SHOWN)),
        record("a line that JSON may hold", text="one\u2028two\x85three"),
    )
]
CITIES = ("Auckland", "Wellington", "Christchurch", "Hamilton", "Dunedin")


def paid_in_new_zealand(name: str, title: str, employer: str, city: str, low: float, high: float) -> Record:
    return record(
        name, title=title, employer=employer, place=f"{city}, New Zealand", country="NZ", currency="NZD",
        low=low, high=high, text=f"{employer} in {city} looks for a {title.lower()}, number {name}.",
    )  # fmt: skip


ONE_ROW = paid_in_new_zealand("alone", FEW, "Lone Ltd", "Auckland", 90_000, 60_000)  # its bounds turned round
ALL_EQUAL = [
    paid_in_new_zealand(f"{firm}-{city}", MANY, f"{firm} Care Ltd", city, 70_000, 70_000)
    for firm in ("Kea", "Kiwi", "Moa", "Tui", "Weka", "Ruru", "Kaka", "Huia")
    for city in CITIES
]


PAID_REJECTED = [
    ("no_pay_min", record("no pay")),
    ("bad_pay", record("negative pay", low=-50_000, high=-50_000)),
    ("bad_pay", record("infinite pay", low="inf", high="inf")),
    ("bad_experience_years", record("experience of -3 years", low=60_000, high=60_000, years=-3)),
    ("bad_capture_day", record("told in 2100", low=60_000, high=60_000, shown="2100-01-01")),
]
PAID_UNUSABLE = [
    ("out_of_range", record("no pay at all", low=0, high=0)),
    ("out_of_range", record("pay of 1e12", low=1e12, high=1e12)),
    ("no_rate", record("unknown currency", low=60_000, high=60_000, currency="XQX")),
]
PAID = [  # usable, whatever else is odd about them
    record("of 1900", low=60_000, high=60_000, posted="1900-01-01"),
    record("of 2100", low=60_000, high=60_000, posted="2100-01-01"),
    record("a thousand years of experience", low=60_000, high=60_000, years=1000),
    record("of nobody", low=60_000, high=60_000, workers=0),
]
CUT = [record("before the cut"), record("cut in the middle")]


def write_odd(folder: Path) -> None:
    """All records as one file of JSON lines, and files that are no files."""
    rows = [row for _, row in [*REJECTED, *UNPAID]] + [ONE_ROW, *ALL_EQUAL]
    whole = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows).encode()
    for name, body in {
        "odd.jsonl": whole,
        "odd_pay.csv": pl.DataFrame(
            [row for _, row in [*PAID_REJECTED, *PAID_UNUSABLE]] + PAID, infer_schema_length=None, strict=False
        )
        .write_csv()
        .encode(),
        "empty.jsonl": b"",
        "cut.jsonl": b"\n".join(map(orjson.dumps, CUT))[:-20],
        "cut.jsonl.gz": gzip.compress(whole)[:-200],
        "cut.parquet": b"PAR1" + whole[:1000],
        "binary.csv": bytes(range(256)) * 40,
        "page.jsonl": b"<html><body>Service unavailable</body></html>",
    }.items():
        (folder / name).write_bytes(body)
        os.utime(folder / name, (WRITTEN, WRITTEN))  # the capture day where none can be read


def source_of(path: str) -> dict[str, Any]:
    return {
        "name": path.replace(".", "_"),
        "connector": "files",
        "rights": {"aggregates": True},
        "options": {"path": path, "mapping": PAID_MAPPING if path == "odd_pay.csv" else MAPPING},
    }
