"""`payband licence` on a real database: an operator issues, lists, suspends, renews and revokes."""

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
    ],
)
def test_what_cannot_be_done_says_why(postgres: Server, tmp_path: Path, words: tuple[str, ...], said: str) -> None:
    done = run(postgres, tmp_path, *words)
    assert isinstance(done.exception, BadInput)
    assert said in str(done.exception)
