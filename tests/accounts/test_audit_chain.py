"""The chain of the audit trail: whatever is changed, removed, exchanged or made anew is found."""

import uuid
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.audit import marks
from accounts.audit.chain import NOTHING, Check, Fault, Mark, Row, hash_of
from kit.errors import Permanent
from kit.signing import Signer
from tests.accounts.chain import START, grown
from tests.databases import SECRETS


def end(rows: list[Row]) -> Mark:
    return Mark(rows[-1].seq, rows[-1].hash, rows[-1].at)


def faults(rows: list[Row], head: Mark, signed: tuple[Mark, ...] = (), cuts: tuple[Mark, ...] = ()) -> list[Fault]:
    check = Check(head, signed, cuts)
    return [*check.more(rows), *check.end()]


ROWS = grown(12)


def changed(row: Row, field: str, bit: int) -> Row:
    """The row with one bit of one field turned over."""
    value = getattr(row, field)
    if value is None:
        return replace(row, **{field: b"\0" if field == "sealed" else uuid.UUID(int=bit)})
    if isinstance(value, int):
        return replace(row, **{field: value ^ 1 << bit % 62})
    if isinstance(value, datetime):
        return replace(row, **{field: value + timedelta(microseconds=1 << bit % 40)})
    if isinstance(value, uuid.UUID):
        return replace(row, **{field: uuid.UUID(int=value.int ^ 1 << bit % 128)})
    data = bytearray(value if isinstance(value, bytes) else value.encode())
    data[bit // 8 % len(data)] ^= 1 << bit % (7 if isinstance(value, str) else 8)
    return replace(row, **{field: bytes(data) if isinstance(value, bytes) else data.decode()})


def test_a_whole_chain_has_no_fault() -> None:
    assert faults(ROWS, end(ROWS)) == []
    assert faults(ROWS, end(ROWS), (end(ROWS[:5]), end(ROWS))) == []
    assert faults(ROWS[4:], end(ROWS), (end(ROWS[:2]),), (end(ROWS[:4]),)) == []
    assert faults([], Mark(0, NOTHING, START)) == []


@given(st.integers(0, 11), st.sampled_from(sorted(Row.__dataclass_fields__)), st.integers(0, 400))
@settings(max_examples=400)
def test_any_changed_bit_of_any_field_is_found(at: int, field: str, bit: int) -> None:
    rows = [*ROWS]
    rows[at] = changed(rows[at], field, bit)
    assert rows[at] != ROWS[at]
    assert faults(rows, end(ROWS))


@given(st.integers(0, 11), st.integers(0, 11))
def test_removed_and_exchanged_rows_are_found(one: int, other: int) -> None:
    low, high = sorted((one, other))
    gone = faults(ROWS[:low] + ROWS[high + 1 :], end(ROWS))
    assert gone[0].seq == low + 1
    assert gone[0].kind == ("cut" if high == 11 else "missing")
    if low != high:
        rows = [*ROWS]
        rows[low], rows[high] = replace(rows[high], seq=low + 1), replace(rows[low], seq=high + 1)
        assert {fault.seq for fault in faults(rows, end(ROWS))} >= {low + 1, high + 1}


@given(st.integers(0, 11), st.integers(1, 12))
def test_what_was_signed_finds_a_chain_that_was_made_anew_or_cut(at: int, length: int) -> None:
    rows, last = [], NOTHING
    for seq, row in enumerate(ROWS[:length]):
        row = replace(row, previous=last, action="key.revoked" if seq == at else row.action)
        rows.append(replace(row, hash=hash_of(row)))
        last = rows[-1].hash
    assert faults(rows, end(rows)) == [], "without a signature nobody can tell"
    found = faults(rows, end(rows), (end(ROWS),))
    assert bool(found) is (length < 12 or at < length)


def test_marks_are_one_a_day_and_nobody_else_s(tmp_path: Path) -> None:
    file, signer = tmp_path / "audit" / "marks.jsonl", Signer(SECRETS, "audit")
    for row in ROWS:
        marks.write(file, signer, "head", end([replace(row, at=START + timedelta(hours=6 * row.seq))]))
    marks.write(file, signer, "head", end(ROWS[:3]))  # late, and so nothing new
    assert [signed.mark.seq for signed in marks.read(file, signer)] == [3, 7, 11, 12]
    marks.write(file, signer, "cut", end(ROWS[:2]))
    assert marks.read(file, signer)[-1].kind == "cut"
    file.write_text(file.read_text().replace('"seq": 12', '"seq": 11'))
    with pytest.raises(Permanent, match=r"marks.jsonl, line 4: this installation did not sign it"):
        marks.read(file, signer)
