"""The list of services: those that a door answers, with what each plan includes."""

from serving.api import DOORS
from tests.serving.client import Client

PATH = "/api/v1/services"


def test_every_door_with_a_service_is_listed_with_its_price(anonymous: Client) -> None:
    answer = anonymous.get(PATH)
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "public, max-age=300"
    told = {each["service"]: each for each in answer.json()["services"]}
    for door in DOORS:
        assert {f"{method} {door.path}" for method in door.methods} <= set(told[door.service]["doors"])
    trends = told["market-trends"]
    assert (trends["credits"], trends["unit"]) == (2, "answer")
    assert {each["plan"]: each["includes"] for each in trends["plans"]} == {
        "free": "nothing", "basic": "nothing", "professional": "all", "enterprise": "all",
    }  # fmt: skip


def test_what_no_door_answers_is_not_offered(anonymous: Client) -> None:
    assert all(each["doors"] for each in anonymous.get(PATH).json()["services"])
    assert "resume-rewrite" not in anonymous.get(PATH).text


def test_it_takes_no_parameters(anonymous: Client) -> None:
    assert anonymous.get(PATH, params={"plan": "free"}).json()["code"] == "unknown-parameter"
