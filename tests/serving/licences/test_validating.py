"""Programs ask whether their licence is good: what they are told, what is remembered of it, and for how long."""

from datetime import UTC, datetime, timedelta

import pytest

from billing.licences import programs, remembering
from billing.licences.text import new_key
from kit.postgres import Server
from serving.limits.addresses import LICENSING
from serving.limits.policies import Policies, Policy
from tests.billing.licences.world import Hardware
from tests.databases import context
from tests.serving.client import Client
from tests.serving.licences.programs import answer, ask, body, licensed, soon

SOON = datetime.now(UTC).replace(microsecond=0) + timedelta(days=3)


def test_a_program_is_told_what_it_may_do(anonymous: Client, postgres: Server) -> None:
    held, laptop = licensed(postgres, "desktop-professional", expires_at=SOON), Hardware.new()
    assert answer(anonymous, held.key, laptop) == {"valid": False, "reason": "machine-not-activated"}
    bound = ask(anonymous, "activate", held.key, laptop)
    assert bound.status_code == 200, bound.text
    ends = SOON.isoformat().replace("+00:00", "Z")
    terms = {"license_type": "professional", "expires_at": ends, "features": bound.json()["features"]}
    assert bound.json() == terms | {"machine_id": bound.json()["machine_id"], "lease_until": None}
    assert "market-trends" in terms["features"]
    soon(lambda: answer(anonymous, held.key, laptop) == {"valid": True, **terms})
    assert answer(anonymous, held.key, laptop, product="extension") == {"valid": False, "reason": "wrong-product"}
    assert answer(anonymous, new_key(), laptop) == {"valid": False, "reason": "unknown-key"}
    assert answer(anonymous, held.key[:-2], laptop) == {"valid": False, "reason": "malformed-key"}
    refused = ask(anonymous, "activate", new_key(), laptop)
    assert (refused.status_code, refused.json()["code"]) == (403, "licence-not-valid")


def test_what_is_remembered_is_told_again_in_the_same_bytes(anonymous: Client, postgres: Server) -> None:
    held, laptop = licensed(postgres), Hardware.new()
    ask(anonymous, "activate", held.key, laptop)
    told = [ask(anonymous, "validate", held.key, laptop) for _ in range(3)]
    assert len({each.content for each in told}) == 1
    assert {each.headers["cache-control"] for each in told} == {"no-store"}
    assert {each.headers["content-type"] for each in told} == {"application/json"}
    assert all("ratelimit" in each.headers and "x-request-id" in each.headers for each in told)
    left = [int(each.headers["ratelimit"].split("r=")[1].split(";")[0]) for each in told]
    assert left == [left[0], left[0] - 1, left[0] - 2], "each counts once"


def test_an_address_is_told_to_wait_also_for_what_is_remembered(
    anonymous: Client, postgres: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    held, laptop = licensed(postgres), Hardware.new()
    ask(anonymous, "activate", held.key, laptop)
    soon(lambda: answer(anonymous, held.key, laptop)["valid"])
    monkeypatch.setattr(LICENSING, "policies", Policies(Policy(f"twice-{held.id}", 2, 3_600)))
    for _ in range(2):
        assert answer(anonymous, held.key, laptop)["valid"]
    told = [ask(anonymous, "validate", key, laptop) for key in (held.key, new_key())]
    assert [(each.status_code, each.json()["code"]) for each in told] == [(429, "rate-limited")] * 2
    assert all(int(each.headers["retry-after"]) > 3_500 for each in told)
    assert all(len(each.headers.get_list("ratelimit")) == 1 for each in told)


def test_whatever_changes_is_told_at_once(anonymous: Client, postgres: Server) -> None:
    held, laptop = licensed(postgres, expires_at=SOON), Hardware.new()
    ask(anonymous, "activate", held.key, laptop)
    soon(lambda: answer(anonymous, held.key, laptop)["valid"])
    url, known = postgres.urls.admin, context()

    def becomes(reason: str | None) -> None:
        soon(lambda: answer(anonymous, held.key, laptop).get("reason") == reason)

    programs.suspend(url, known, held.id)
    becomes("suspended")
    programs.reinstate(url, known, held.id)
    becomes(None)
    programs.renew(url, known, held.id, None)
    soon(lambda: answer(anonymous, held.key, laptop)["expires_at"] is None)
    ask(anonymous, "deactivate", held.key, laptop)
    becomes("machine-not-activated")
    ask(anonymous, "activate", held.key, laptop)
    becomes(None)
    programs.revoke(url, known, held.id)
    becomes("revoked")


def test_a_remembered_answer_ends_with_what_it_rests_on(
    anonymous: Client, postgres: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A floating seat, and any answer after its hour: the memory asks again by itself."""
    validations = anonymous.app.state.validations
    held, desk = licensed(postgres, "desktop-enterprise"), Hardware.new()
    ask(anonymous, "activate", held.key, desk)
    soon(lambda: answer(anonymous, held.key, desk)["valid"])
    later = datetime.now(UTC) + timedelta(minutes=31)
    monkeypatch.setattr(validations, "_clock", lambda: later)
    assert all(validations.recall(each) is None for each in list(validations._good._kept) if held.key.encode() in each)
    monkeypatch.undo()
    monkeypatch.setattr(remembering, "GOOD_S", 0.0)
    assert all(validations.recall(each) is None for each in list(validations._good._kept))


def test_validations_are_counted_and_written_together(anonymous: Client, postgres: Server) -> None:
    held, laptop = licensed(postgres), Hardware.new()
    ask(anonymous, "activate", held.key, laptop)
    soon(lambda: answer(anonymous, held.key, laptop)["valid"])

    def counted() -> tuple[int, datetime | None]:
        found = programs.list_licences(postgres.urls.admin, context(), None, 1_000)
        licence = next(each for each in found if each.id == held.id)
        return licence.validations, licence.last_validated_at

    assert counted() == (0, None), "no request waits for it"
    anonymous.run(anonymous.app.state.licence_uses.write())
    first, at = counted()
    assert first >= 1
    assert at is not None
    for _ in range(5):
        answer(anonymous, held.key, laptop)
    anonymous.run(anonymous.app.state.licence_uses.write())
    assert counted()[0] == first + 5
    anonymous.run(anonymous.app.state.licence_uses.write())
    assert counted()[0] == first + 5


def test_seats_are_kept_by_heartbeats(anonymous: Client, postgres: Server) -> None:
    held, desk = licensed(postgres, "desktop-enterprise"), Hardware.new()
    assert ask(anonymous, "heartbeat", held.key, desk).json()["code"] == "machine-not-activated"
    first = ask(anonymous, "activate", held.key, desk).json()["lease_until"]
    kept = ask(anonymous, "heartbeat", held.key, desk).json()["lease_until"]
    assert datetime.fromisoformat(kept) > datetime.fromisoformat(first)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"hardware_fingerprint": "ab.cd.ef.01"}, "invalid-parameter"),
        ({"hardware_fingerprint": Hardware.new().fingerprint + "\n"}, "invalid-parameter"),
        ({"app_version": "1.4; rm"}, "invalid-parameter"),
        ({"license_key": "PBL\x00"}, "invalid-parameter"),
        ({"product": "toaster"}, "invalid-parameter"),
        ({"colour": "red"}, "unknown-parameter"),
    ],
)
def test_what_cannot_be_meant_is_a_named_problem(anonymous: Client, changes: dict[str, str], code: str) -> None:
    for _ in range(2):
        told = anonymous.post("/api/v1/licenses/validate", json=body(new_key(), Hardware.new()) | changes)
        assert (told.status_code, told.json()["code"]) == (422, code)


def test_what_a_fingerprint_is_stands_in_words(anonymous: Client) -> None:
    told = anonymous.post(
        "/api/v1/licenses/validate", json=body(new_key(), Hardware.new()) | {"hardware_fingerprint": "my laptop"}
    ).json()
    words = "four hashes of 16 to 64 hex digits, joined by dots: one for each component of the machine"
    assert told["faults"] == [{"parameter": "hardware_fingerprint", "message": words}]


@pytest.mark.parametrize("typed", ["", " "])
def test_no_key_at_all_is_malformed(anonymous: Client, typed: str) -> None:
    told = ask(anonymous, "validate", typed, Hardware.new())
    assert (told.status_code, told.json()) == (200, {"valid": False, "reason": "malformed-key"})


def test_upper_case_hashes_are_the_same_machine(anonymous: Client, postgres: Server) -> None:
    held, laptop = licensed(postgres), Hardware.new()
    assert ask(anonymous, "activate", held.key, laptop).status_code == 200
    upper = body(held.key, laptop) | {"hardware_fingerprint": laptop.fingerprint.upper()}
    assert anonymous.post("/api/v1/licenses/validate", json=upper).json()["valid"] is True
