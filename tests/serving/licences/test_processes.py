"""Two processes of the API on one port: what changes of a licence, by whomever, is told by both within a second."""

import time

from billing.licences import programs
from kit.postgres import Server
from kit.store import Store
from tests.billing.licences.world import Hardware
from tests.databases import context
from tests.serving.licences.programs import ROOT, body, licensed
from tests.serving.processes import Api, running_api
from tests.waiting import until

WORKERS = 2


def answers(api: Api, key: str, hardware: Hardware) -> set[str]:
    """What so many validations are told: enough that either process answers some. "" is a good one."""
    told = (api.client.post(f"{ROOT}/validate", json=body(key, hardware)).json() for _ in range(12))
    return {each.get("reason", "") for each in told}


def test_a_suspended_licence_is_refused_by_every_process_within_a_second(store: Store, postgres: Server) -> None:
    with running_api(store, postgres.urls, workers=WORKERS) as api:
        held, laptop = licensed(postgres), Hardware.new()
        assert api.client.post(f"{ROOT}/activate", json=body(held.key, laptop)).status_code == 200
        until(lambda: answers(api, held.key, laptop) == {""}, every=0.5)
        time.sleep(1.5)
        assert answers(api, held.key, laptop) == {""}
        programs.suspend(postgres.urls.admin, context(), held.id)
        time.sleep(0.9)
        assert answers(api, held.key, laptop) == {"suspended"}
        programs.reinstate(postgres.urls.admin, context(), held.id)
        time.sleep(0.9)
        assert answers(api, held.key, laptop) == {""}
    counted = next(
        each for each in programs.list_licences(postgres.urls.admin, context(), None, 1_000) if each.id == held.id
    )
    assert counted.validations >= 36, "what a clean stop finds is written"
