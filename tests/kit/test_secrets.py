"""The master key and what is derived of it."""

import base64
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from kit.errors import BadInput, Permanent
from kit.secrets import Secrets, read_secrets

ONE, OTHER = Secrets(bytes(32)), Secrets(bytes([1]) * 32)


@given(data=st.binary(max_size=200), at=st.integers(0, 1000))
def test_what_is_sealed_opens_whole_or_not_at_all(data: bytes, at: int) -> None:
    sealed = ONE.seal("mail", data, "row 1")
    assert ONE.open("mail", sealed, "row 1") == data
    changed = bytearray(sealed)
    changed[at % len(changed)] ^= 1
    wrong = (
        (ONE, "mail", bytes(changed), "row 1"),
        (ONE, "mail", sealed, "row 2"),
        (ONE, "keys", sealed, "row 1"),
        (OTHER, "mail", sealed, "row 1"),
        (ONE, "mail", sealed[:11], "row 1"),
    )
    for secrets, purpose, given_, bound_to in wrong:
        with pytest.raises(Permanent, match="does not open"):
            secrets.open(purpose, given_, bound_to)


def test_a_digest_finds_equal_texts_for_one_purpose_and_one_installation() -> None:
    assert ONE.digest("email", "a@b.c") == ONE.digest("email", "a@b.c")
    others = {ONE.digest("email", "a@b.d"), ONE.digest("address", "a@b.c"), OTHER.digest("email", "a@b.c")}
    assert ONE.digest("email", "a@b.c") not in others


def test_the_key_of_a_store_is_made_once_and_ours_alone(tmp_path: Path) -> None:
    file = tmp_path / "store" / "secret_key"
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: read_secrets(None, file).key("any"), range(16)))
    assert len(set(made)) == 1
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in file.parent.iterdir()] == ["secret_key"]


def test_a_configured_key_counts_and_a_wrong_one_is_named_not_shown(tmp_path: Path) -> None:
    text = base64.b64encode(bytes(32)).decode()
    assert read_secrets(SecretStr(text), tmp_path / "none").key("any") == ONE.key("any")
    assert not (tmp_path / "none").exists()
    for wrong in ("", "short", "x" * 44, base64.b64encode(bytes(31)).decode()):
        with pytest.raises(BadInput, match="PAYBAND_SECRET_KEY") as error:
            read_secrets(SecretStr(wrong), tmp_path / "none")
        assert not wrong or wrong not in str(error.value)
