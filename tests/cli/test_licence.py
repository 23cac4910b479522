"""`payband licence` on a real database: an operator issues, lists, suspends, renews and revokes."""

import base64
import json
import uuid
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from billing.licences.text import read_key
from cli.main import payband
from kit.errors import BadInput
from kit.postgres import Server
from kit.settings import variables
from tests.databases import SECRET_KEY, postgres

__all__ = ["postgres"]


def run(postgres: Server, store: Path, *words: str) -> Result:
    key = SECRET_KEY.get_secret_value()
    environment = {**variables(postgres.urls), "PAYBAND_STORE": str(store), "PAYBAND_SECRET_KEY": key}
    return CliRunner(env=environment).invoke(payband, ["licence", *words])


def test_an_operator_looks_after_a_licence(postgres: Server, tmp_path: Path) -> None:
    email = f"{uuid.uuid4().hex}@example.org"
    terms = ("--policy", "desktop-professional", "--expires", "2099-01-01")
    made = run(postgres, tmp_path, "issue", "--email", email, *terms)
    assert made.exit_code == 0, made.output
    key = made.stdout.strip()
    assert read_key(key) == key

    def licence() -> dict[str, object]:
        (found,) = json.loads(run(postgres, tmp_path, "list", "--email", email, "--json").stdout)["licences"]
        return dict(found)

    number = str(licence()["id"])
    assert licence()["prefix"] == key[:9]
    for words, said in (
        (("suspend", number), "is suspended"),
        (("reinstate", number), "is active"),
        (("renew", number, "--expires", "2100-01-01"), "ends 2100-01-01"),
        (("renew", number, "--for-ever"), "never ends"),
        (("revoke", number), "is revoked"),
    ):
        done = run(postgres, tmp_path, *words)
        assert done.exit_code == 0, done.output
        assert said in done.stdout
    assert (licence()["state"], licence()["expires_at"]) == ("revoked", None)
    listed = run(postgres, tmp_path, "list").stdout
    assert f"{number}  {key[:9]}…  desktop-professional   revoked     never ends, 0 of 3 machines" in listed
    assert key not in listed


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("issue", "--email", "a@example.org", "--policy", "none"), "there is no none"),
        (("issue", "--email", "a@example.org", "--policy", "desktop-basic", "--expires", "2020-01-01"), "in the past"),
        (("suspend", "00000000-0000-7000-8000-000000000000"), "There is no licence"),
        (("renew", "00000000-0000-7000-8000-000000000000"), "one of them"),
        (("list", "--email", "nobody"), "address"),
        (("list", "--email", "nobody@example.org"), "nobody has this address"),
    ],
)
def test_what_cannot_be_done_says_why(postgres: Server, tmp_path: Path, words: tuple[str, ...], said: str) -> None:
    done = run(postgres, tmp_path, *words)
    assert isinstance(done.exception, BadInput)
    assert said in str(done.exception)


def verify(store: Path, *words: str) -> Result:
    file = store.parent / "licence.payband"
    file.write_text("whatever\n")
    words = ("licence", "verify", str(file), "--store", str(store), *words)
    return CliRunner(env={"PAYBAND_SECRET_KEY": None}).invoke(payband, words)


def test_without_a_store_a_file_is_verified_by_a_key_that_is_named_alone(tmp_path: Path) -> None:
    store = tmp_path / "none"
    nowhere = verify(store)
    assert isinstance(nowhere.exception, BadInput)
    assert str(nowhere.exception).startswith(f"there is no store at {store}")
    named = verify(store, "--public-key", base64.urlsafe_b64encode(bytes(32)).decode().rstrip("="))
    assert str(named.exception) == "the licence is not good: not-genuine"
    assert not store.exists()


@pytest.mark.parametrize("key", ["zzz", "ä", base64.urlsafe_b64encode(bytes(32)).decode(), "A" * 42 + "B"])
def test_a_public_key_that_is_none_is_said(tmp_path: Path, key: str) -> None:
    done = verify(tmp_path / "none", "--public-key", key)
    assert isinstance(done.exception, BadInput)
    assert "--public-key is no key" in str(done.exception)
    assert not (tmp_path / "none").exists()
