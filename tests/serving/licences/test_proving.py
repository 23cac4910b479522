"""Offline files over the API, checked by the library that programs use, and by the command line."""

import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from billing.licences import programs
from cli.main import payband
from clients.python.payband_licences import check, read, read_revocations
from kit.postgres import Server
from tests.billing.licences.world import Hardware
from tests.databases import SECRET_KEY, context
from tests.serving.client import Client
from tests.serving.licences.programs import ROOT, ask, licensed


def public_key(client: Client) -> str:
    told = client.get("/.well-known/payband-licences.json")
    assert told.headers["cache-control"] == "public, max-age=300"
    (key,) = told.json()["keys"]
    assert (key["kty"], key["crv"], key["alg"]) == ("OKP", "Ed25519", "EdDSA")
    return str(key["x"])


def offline_file(client: Client, key: str, hardware: Hardware) -> str:
    told = ask(client, "offline-file", key, hardware)
    assert told.status_code == 200, told.text
    assert told.headers["content-type"].startswith("text/plain")
    return told.text


def test_a_program_goes_offline_with_a_file_that_it_can_check(
    anonymous: Client, postgres: Server, tmp_path: Path
) -> None:
    held, laptop = licensed(postgres), Hardware.new()
    assert ask(anonymous, "offline-file", held.key, laptop).json()["code"] == "machine-not-activated"
    ask(anonymous, "activate", held.key, laptop)
    keys = [public_key(anonymous)]
    licence = check(
        offline_file(anonymous, held.key, laptop),
        public_keys=keys,
        fingerprint=laptop.fingerprint,
        product="desktop",
        state=tmp_path / "state.json",
        fetched=True,
    )
    assert (licence.licence, licence.license_type, licence.counter) == (str(held.id), "basic", 1)
    assert licence.expires_at - licence.issued_at == 7 * 86_400
    assert str(held.id) not in read_revocations(anonymous.get(f"{ROOT}/revocations").text, keys)[1]
    programs.revoke(postgres.urls.admin, context(), held.id)
    made_at, named = read_revocations(anonymous.get(f"{ROOT}/revocations").text, keys)
    assert str(held.id) in named
    assert abs(made_at - time.time()) < 3_600
    assert ask(anonymous, "offline-file", held.key, laptop).json()["code"] == "licence-not-valid"


def told_by_command(*words: str) -> tuple[int, str]:
    done = CliRunner(env={"PAYBAND_SECRET_KEY": SECRET_KEY.get_secret_value()}).invoke(payband, ["licence", *words])
    return done.exit_code, str(done.exception) if done.exception else done.stdout


def test_the_command_line_says_what_a_file_allows(anonymous: Client, postgres: Server, tmp_path: Path) -> None:
    held, laptop = licensed(postgres), Hardware.new()
    ask(anonymous, "activate", held.key, laptop)
    file, store = tmp_path / "licence.payband", ["--store", str(tmp_path)]
    file.write_text(offline_file(anonymous, held.key, laptop))
    for more in ([], ["--fingerprint", laptop.fingerprint], ["--public-key", public_key(anonymous)]):
        status, said = told_by_command("verify", str(file), *store, *more)
        assert status == 0, said
        assert f"licence {held.id}, file 1: desktop basic" in said
    refusals = {
        "other-machine": ["--fingerprint", Hardware.new().fingerprint],
        "wrong-product": ["--product", "extension"],
        "not-genuine": ["--public-key", "A" * 43],
    }
    for reason, more in refusals.items():
        assert told_by_command("verify", str(file), *store, *more) == (1, f"the licence is not good: {reason}")
    programs.revoke(postgres.urls.admin, context(), held.id)
    listed = tmp_path / "revocations"
    listed.write_text(anonymous.get(f"{ROOT}/revocations").text)
    _, said = told_by_command("verify", str(file), *store, "--revocations", str(listed))
    assert said.endswith("revoked")
    file.write_bytes(file.read_bytes()[:-3] + b"\xff\xfe\n")
    assert told_by_command("verify", str(file), *store)[1].endswith("not-genuine")


def test_a_file_says_nothing_of_the_key_or_the_holder(anonymous: Client, postgres: Server) -> None:
    held, laptop = licensed(postgres), Hardware.new()
    ask(anonymous, "activate", held.key, laptop)
    text = offline_file(anonymous, held.key, laptop)
    told = read(text, [public_key(anonymous)])
    assert held.key not in str(told)
    with pytest.raises(AttributeError):
        told.user_id  # type: ignore[attr-defined]  # noqa: B018
