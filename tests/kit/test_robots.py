"""robots.txt: what it allows, and how long it asks to wait."""

import httpx
import pytest

from kit.robots import Robots
from tests.kit.scripted import Answer, Script, Time, made


def robots(answer: Answer) -> tuple[Robots, Script]:
    script = Script(answer)
    return Robots(made(script, tries=1)), script


ALLOWED: list[tuple[Answer, bool]] = [
    (httpx.Response(200, text="User-agent: *\nDisallow: /jobs/"), False),
    (httpx.Response(200, text="User-agent: payband\nDisallow: /jobs/\n\nUser-agent: *\nAllow: /"), False),
    (httpx.Response(200, text="User-agent: payband\nAllow: /\n\nUser-agent: *\nDisallow: /"), True),
    (httpx.Response(200, text="User-agent: *\nDisallow: /private"), True),
    (httpx.Response(404), True),
    (httpx.Response(403), True),
    (httpx.Response(503), False),
    (httpx.Response(429), False),
    (httpx.ConnectError("down"), False),
]


@pytest.mark.parametrize(("answer", "allowed"), ALLOWED)
def test_robots_txt_is_obeyed(answer: Answer, allowed: bool) -> None:
    assert robots(answer)[0].allows("https://a.example/jobs/1") is allowed


def test_a_site_may_ask_for_a_longer_pause() -> None:
    assert robots(httpx.Response(200, text="User-agent: *\nCrawl-delay: 7"))[0].delay_s("https://a.example/1") == 7
    assert robots(httpx.Response(404))[0].delay_s("https://a.example/1") == 0
    time = Time()
    http = made(Script(httpx.Response(200)), time, spacing_s=2, wait_cap_s=30)
    for wished in (7, 1, 9999, 0):
        http.get("https://a.example/", extensions={"spacing_s": wished})
    assert time.slept == [7.0, 2.0, 30.0]


def test_robots_txt_is_asked_once_a_site() -> None:
    rules, script = robots(httpx.Response(200, text=""))
    assert rules.allows("https://a.example/1")
    assert rules.allows("https://a.example/2")
    assert rules.allows("https://b.example/1")
    assert [str(request.url) for request in script.asked] == [
        "https://a.example/robots.txt",
        "https://b.example/robots.txt",
    ]
