"""How a licence key is written and read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.licences.text import ALPHABET, SHOWN, new_key, read_key
from tests.leaks import leaks

KEY = new_key()
PLACES = st.integers(0, 34)  # of the characters that are not hyphens


def body_of(key: str) -> str:
    return key.removeprefix("PBL-").replace("-", "")


def test_a_key_is_read_as_it_is_written() -> None:
    key = new_key()
    assert read_key(key) == key
    assert len(key) == 3 + 7 * 6
    assert key[:SHOWN].count("-") == 1
    assert new_key() != key


@given(st.data())
def test_case_spaces_hyphens_and_letters_that_look_like_digits_do_not_matter(data: st.DataObject) -> None:
    same = {"0": "0oO", "1": "1iIlL"}
    typed = "".join(data.draw(st.sampled_from(same.get(each, each + each.lower()))) for each in body_of(KEY))
    assert read_key(f" pbl {typed[:9]}-{typed[9:]} ") == KEY


@given(PLACES, st.sampled_from(ALPHABET))
def test_any_other_character_in_any_place_is_refused(place: int, character: str) -> None:
    body = body_of(KEY)
    changed = body[:place] + character + body[place + 1 :]
    assert (read_key(f"PBL-{changed}") is None) == (changed != body)


@given(st.integers(0, 33))
def test_two_neighbours_in_each_others_place_are_refused(place: int) -> None:
    body = body_of(KEY)
    changed = body[:place] + body[place + 1] + body[place] + body[place + 2 :]
    assert (read_key(f"PBL-{changed}") is None) == (changed != body)


@given(st.integers(0, len(KEY) * 8 - 1))
def test_any_flipped_bit_is_refused_or_was_case_alone(bit: int) -> None:
    data = bytearray(KEY.encode())
    data[bit // 8] ^= 1 << bit % 8
    typed = data.decode("latin-1")
    letters = typed[3:].upper().translate(str.maketrans("OIL", "011", "- "))
    same = typed[:3].upper() == "PBL" and letters == body_of(KEY)
    assert read_key(typed) == (KEY if same else None)


@given(st.text(max_size=120))
def test_whatever_is_typed_is_read_or_refused(text: str) -> None:
    assert read_key(text) is None


@pytest.mark.parametrize("text", ["", "PBL-", "PBL" * 20, "PBL-" + "0" * 36, "PBL-" + "é" * 35])
def test_what_is_no_key_is_none(text: str) -> None:
    assert read_key(text) is None


def test_a_key_is_found_where_it_must_not_be() -> None:
    key = new_key()
    assert leaks(f"validated {key} today") == [f"a licence key: {key[:12]}…"]
    assert leaks(f"validated {key[:SHOWN]}… today") == []
