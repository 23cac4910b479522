"""The library that checks licence files: alone, with files that a key of the tests' own signed."""

import base64
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from clients.python.payband_licences import Licence, Refused, check, fingerprint, read, read_revocations
from tests.conftest import ROOT

NOON = 1_800_000_000
DAY = 86_400
OURS, OTHER = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
HERE = fingerprint("board", "disk", "network", "processor")


def text_of(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def public(key: Ed25519PrivateKey) -> str:
    return text_of(key.public_key().public_bytes_raw())


def signed(told: dict[str, Any], kind: str = "payband-licence-1", key: Ed25519PrivateKey = OURS) -> str:
    payload = f"{kind}.{text_of(json.dumps(told).encode())}"
    return f"{payload}.{text_of(key.sign(payload.encode()))}\n"


def file(**changes: Any) -> str:
    told = {
        "licence": "one",
        "product": "desktop",
        "license_type": "basic",
        "features": ["salary-insights"],
        "fingerprint": HERE,
        "equal_components": 3,
        "counter": 1,
        "issued_at": NOON,
        "expires_at": NOON + 7 * DAY,
    }
    return signed(told | changes)


def revoked(*licences: str, at: int = NOON) -> str:
    return signed({"issued_at": at, "licences": licences}, "payband-revocations-1")


def reason(text: str, state: Path, now: int = NOON, **more: Any) -> str | None:
    """Why the file is not good; None when it is."""
    known: dict[str, Any] = {"public_keys": [public(OURS)], "fingerprint": HERE, "product": "desktop"}
    told = known | {"fetched": True, "now": now} | more
    try:
        check(text, state=state, **told)
    except Refused as refused:
        return refused.reason
    return None


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "state.json"


def test_a_good_file_says_what_is_allowed(state: Path) -> None:
    known = [public(OTHER), public(OURS)]
    told: dict[str, Any] = {"fingerprint": HERE, "product": "desktop", "fetched": True, "now": NOON}
    licence = check(file(), public_keys=known, state=state, **told)
    assert licence == Licence("one", "desktop", "basic", ("salary-insights",), HERE, 3, 1, NOON, NOON + 7 * DAY)
    assert read(file(), known) == licence


def test_a_field_of_a_later_version_is_left_out_and_a_missing_one_refused(state: Path) -> None:
    assert reason(file(colour="blue"), state) is None
    for told in ({}, [], {"licence": "one"}, None):
        assert reason(signed(told), state) == "not-genuine"  # type: ignore[arg-type]


@given(st.data())
def test_any_flipped_bit_is_refused(data: st.DataObject) -> None:
    for text in (file(), revoked("one")):
        changed = bytearray(text.encode())
        bit = data.draw(st.integers(0, len(changed) * 8 - 1))
        changed[bit // 8] ^= 1 << bit % 8
        with pytest.raises(Refused) as refusal:
            (read if text.startswith("payband-licence") else read_revocations)(
                changed.decode("latin-1"), [public(OURS)]
            )
        assert refusal.value.reason == "not-genuine"


@given(st.text(max_size=200))
def test_whatever_is_no_file_is_refused(text: str) -> None:
    for kind in ("", "payband-licence-1.", "payband-licence-1.e30."):
        with pytest.raises(Refused, match="not-genuine"):
            read(kind + text, [public(OURS)])


def test_a_file_of_somebody_else_or_of_another_kind_is_refused(state: Path) -> None:
    assert reason(signed(json.loads("{}"), key=OTHER), state) == "not-genuine"
    assert reason(revoked("one"), state) == "not-genuine"
    assert reason(file(), state, revocations=file()) == "not-genuine"
    assert reason(file(), state, public_keys=[]) == "not-genuine"
    assert reason(file().strip() + "=\n", state) == "not-genuine"
    assert not state.exists()


def test_one_changed_component_is_tolerated_where_the_file_says_so(state: Path) -> None:
    one = fingerprint("board", "new", "network", "processor")
    two = fingerprint("board", "new", "newer", "processor")
    assert reason(file(), state, fingerprint=one) is None
    assert reason(file(), state, fingerprint=two) == "other-machine"
    assert reason(file(equal_components=4), state, fingerprint=one) == "other-machine"
    assert reason(file(), state, product="extension") == "wrong-product"


def test_a_file_is_good_for_its_days(state: Path) -> None:
    assert reason(file(), state, NOON + 7 * DAY - 1) is None
    assert reason(file(), state, NOON + 7 * DAY) == "expired"


def test_a_clock_that_is_set_back_is_noticed(state: Path) -> None:
    assert reason(file(), state, NOON + 6 * DAY) is None
    assert reason(file(), state, NOON + 6 * DAY - 200) is None, "clocks are set right by some seconds every day"
    assert reason(file(), state, NOON + DAY) == "clock-rolled-back"
    assert reason(file(), state, NOON + 8 * DAY) == "expired"
    assert reason(file(), state, NOON + 6 * DAY) == "clock-rolled-back", "also what was seen by a check that failed"
    state.unlink()
    assert reason(file(), state, NOON - DAY) == "clock-rolled-back", "no file is good before it was made"


def test_whoever_deletes_the_state_is_refused_until_the_next_file_is_fetched(state: Path) -> None:
    assert reason(file(), state, fetched=False) == "state-missing"
    assert not state.exists()
    assert reason(file(), state) is None
    assert reason(file(), state, fetched=False) is None
    state.unlink()
    assert reason(file(), state, fetched=False) == "state-missing"
    assert reason(file(counter=2), state) is None
    assert reason(file(), state) == "superseded"


def test_an_older_file_is_good_no_more_once_a_later_one_was_seen(state: Path) -> None:
    assert reason(file(counter=2), state) is None
    assert reason(file(counter=1), state) == "superseded"
    assert reason(file(counter=2), state) is None
    assert reason(file(counter=1, licence="two"), state) is None, "each licence counts for itself"
    assert reason(file(counter=9), state, fingerprint=fingerprint("a", "b", "c", "d")) == "other-machine"
    assert reason(file(counter=3), state) is None, "what was refused counts for nothing"


def test_what_is_revoked_stays_so_until_a_later_list_says_otherwise(state: Path) -> None:
    assert reason(file(), state) is None
    assert reason(file(), state, revocations=revoked("one", "two", at=NOON + 10)) == "revoked"
    assert reason(file(), state) == "revoked", "it is remembered without the list"
    assert reason(file(), state, revocations=revoked(at=NOON)) == "revoked", "an older list is not believed"
    assert reason(file(), state, revocations=revoked("two", at=NOON + 20)) is None, "it was reinstated"


@pytest.mark.parametrize("text", ["", "[]", "{", '{"latest": "now"}', '{"latest": 1, "more": 2}', "\x00", "null"])
def test_a_state_that_somebody_wrote_by_hand_is_refused(state: Path, text: str) -> None:
    state.parent.mkdir()
    state.write_text(text)
    assert reason(file(), state) == "state-damaged"


def test_a_state_that_cannot_be_put_in_place_is_left_as_it_was(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert reason(file(), state, NOON) is None
    before = state.read_text()

    def torn(_: int) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(os, "fsync", torn)
    with pytest.raises(OSError, match="space"):
        reason(file(), state, NOON + DAY)
    assert state.read_text() == before
    assert [each.name for each in state.parent.iterdir()] == [state.name]


@pytest.mark.parametrize("components", [(), ("a", "b", "c"), ("a", "b", "c", "d", "e"), ("a", "b", "c", "")])
def test_a_fingerprint_has_four_components(components: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="4 components"):
        fingerprint(*components)


def test_the_library_needs_nothing_of_ours(tmp_path: Path) -> None:
    """Run where only its own folder and what is installed can be imported, as in somebody's program."""
    program = (
        f"import sys; sys.path[:0] = [{str(ROOT / 'clients' / 'python')!r}]; import payband_licences as p; "
        "ours = ('accounts', 'billing', 'kit', 'serving', 'clients', 'pydantic', 'sqlalchemy', 'httpx'); "
        "print(sorted(set(ours) & {name.partition('.')[0] for name in sys.modules}), p.read.__module__)"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[] payband_licences.reading"
