"""People see their licences, hand them on, take them over, and unbind machines that they have no more."""

from kit.postgres import Server
from tests.billing.licences.world import Hardware
from tests.callers import headers_of
from tests.databases import context
from tests.serving.client import Client
from tests.serving.licences.programs import ROOT, answer, ask, licensed_to, soon


def somebody(anonymous: Client, postgres: Server) -> Client:
    return anonymous.with_headers(**headers_of("user session", postgres, context()))


def id_of(client: Client) -> str:
    return str(client.get("/api/v1/users/me").json()["id"])


def test_one_sees_ones_own_licences_and_unbinds_what_is_lost(anonymous: Client, postgres: Server) -> None:
    ann, laptop = somebody(anonymous, postgres), Hardware.new()
    assert ann.get(ROOT).json() == {"licenses": []}
    held = licensed_to(postgres, id_of(ann))
    ask(anonymous, "activate", held.key, laptop)
    (licence,) = ann.get(ROOT).json()["licenses"]
    assert (licence["id"], licence["product"], licence["state"]) == (str(held.id), "desktop", "active")
    assert held.key not in str(licence)
    assert held.key.startswith(licence["prefix"])
    (machine,) = licence["machines"]
    assert machine["app_version"] == "1.4.2"
    assert ann.request("DELETE", f"{ROOT}/machines/{machine['id']}").status_code == 204
    soon(lambda: answer(anonymous, held.key, laptop) == {"valid": False, "reason": "machine-not-activated"})
    assert ann.get(ROOT).json()["licenses"][0]["machines"] == []


def test_a_licence_goes_from_hand_to_hand(anonymous: Client, postgres: Server) -> None:
    ann, bob, laptop = somebody(anonymous, postgres), somebody(anonymous, postgres), Hardware.new()
    held = licensed_to(postgres, id_of(ann))
    ask(anonymous, "activate", held.key, laptop)
    offered = ann.post(f"{ROOT}/{held.id}/transfer")
    assert offered.status_code == 201, offered.text
    assert offered.json()["good_for_s"] == 7 * 86_400
    code = offered.json()["code"]
    assert ann.post(f"{ROOT}/take", json={"code": code}).json()["code"] == "not-found"
    once = {"headers": {"Idempotency-Key": f"take-{held.id}"}, "json": {"code": code}}
    taken = bob.post(f"{ROOT}/take", **once)
    assert taken.status_code == 201, taken.text
    assert bob.post(f"{ROOT}/take", **once).json() == taken.json(), "a key that got lost on the way is told again"
    assert bob.post(f"{ROOT}/take", json={"code": code}).json()["code"] == "not-found"
    key = taken.json()["license_key"]
    soon(lambda: answer(anonymous, held.key, laptop).get("reason") == "transferred")
    ask(anonymous, "activate", key, laptop)
    soon(lambda: answer(anonymous, key, laptop)["valid"])
    assert [each["state"] for each in ann.get(ROOT).json()["licenses"]] == ["transferred"]
    assert [each["state"] for each in bob.get(ROOT).json()["licenses"]] == ["active"]
    assert ann.post(f"{ROOT}/{held.id}/transfer").json()["code"] == "conflict"
