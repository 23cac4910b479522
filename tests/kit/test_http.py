"""The HTTP client against scripted transports and one real server."""

import gzip
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import httpx
import pytest

from kit.errors import BadInput, Permanent, Retriable
from kit.http import REPEATABLE, HttpSettings, NetworkOff, client, conditional, retry_after, verdict
from tests.kit.scripted import NOW, Script, Time, made


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_what_can_succeed_is_tried_again(status: int) -> None:
    script = Script(httpx.Response(status), httpx.Response(status), httpx.Response(200, text="ok"))
    assert made(script).get("https://a.example/x").text == "ok"
    assert len(script.asked) == 3


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 422, 451])
def test_what_will_fail_again_is_asked_once(status: int) -> None:
    script, time = Script(httpx.Response(status)), Time()
    assert made(script, time).get("https://a.example/x").status_code == status
    assert len(script.asked) == 1
    assert time.slept == []


@pytest.mark.parametrize("error", [httpx.ConnectError("x"), httpx.ReadTimeout("x"), httpx.RemoteProtocolError("cut")])
def test_no_answer_after_the_last_try_is_retriable(error: Exception) -> None:
    script = Script(error)
    with pytest.raises(Retriable, match=r"GET https://a\.example/x could not be reached"):
        made(script, tries=3).get("https://a.example/x?key=secret")
    assert len(script.asked) == 3


def test_a_post_is_asked_once_unless_it_says_that_it_only_reads() -> None:
    for extensions, times in ((None, 1), (REPEATABLE, 4)):
        script = Script(httpx.Response(503))
        made(script).post("https://a.example/x", json={}, extensions=extensions)
        assert len(script.asked) == times


def test_backoff_doubles_with_jitter_and_stays_under_its_cap() -> None:
    time = Time()
    made(Script(httpx.Response(503)), time, tries=6, backoff_s=2, wait_cap_s=10, spacing_s=0).get("https://a.example/")
    ceilings = [2, 4, 8, 16, 32]
    assert len(time.slept) == 5
    assert all(min(c / 2, 10) <= s <= min(c, 10) for s, c in zip(time.slept, ceilings, strict=True))


def test_retry_after_is_honoured_in_seconds_and_as_a_date() -> None:
    for text in ("17", "Sat, 21 Nov 2026 12:00:17 GMT"):
        time = Time()
        script = Script(httpx.Response(429, headers={"Retry-After": text}), httpx.Response(200))
        made(script, time).get("https://a.example/x")
        assert 17.0 in time.slept


def test_a_wait_longer_than_the_cap_is_left_to_another_run() -> None:
    script, time = Script(httpx.Response(429, headers={"Retry-After": "3600"})), Time()
    response = made(script, time).get("https://a.example/x")
    assert len(script.asked) == 1
    assert time.slept == []
    error = verdict(response, NOW)
    assert isinstance(error, Retriable)
    assert error.retry_after_s == 3600


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("5", 5.0), ("", None), ("soon", None), ("-3", None), ("Sat, 21 Nov 2026 11:00:00 GMT", 0.0), ("1.5", None)],
)
def test_retry_after_reads_what_the_standard_knows(text: str, seconds: float | None) -> None:
    assert retry_after(httpx.Response(503, headers={"Retry-After": text}), NOW) == seconds


def test_requests_to_one_host_keep_their_distance_and_other_hosts_do_not_wait() -> None:
    time = Time()
    http = made(Script(httpx.Response(200)), time, spacing_s=2)
    http.get("https://a.example/1")
    http.get("https://b.example/1")
    assert time.slept == []
    http.get("https://a.example/2")
    assert time.slept == [2.0]


def test_a_host_is_asked_one_thing_at_a_time() -> None:
    at_once, most, gate = 0, 0, threading.Lock()

    class Slow(httpx.BaseTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            nonlocal at_once, most
            with gate:
                at_once += 1
                most = max(most, at_once)
            threading.Event().wait(0.005)
            with gate:
                at_once -= 1
            return httpx.Response(200)

    http = made(Slow(), spacing_s=0)
    threads = [threading.Thread(target=http.get, args=("https://a.example/",)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 1


def test_a_body_over_the_cap_is_refused_before_it_is_held_also_when_compressed() -> None:
    for headers, body in (({}, b"x" * 5000), ({"Content-Encoding": "gzip"}, gzip.compress(b"x" * 5_000_000, mtime=0))):

        class Raw(httpx.BaseTransport):
            def handle_request(self, request: httpx.Request, h: Any = headers, b: bytes = body) -> httpx.Response:
                return httpx.Response(200, headers=h, stream=httpx.ByteStream(b))

        with pytest.raises(Permanent, match="more than 4,096 bytes"):
            made(Raw(), body_cap_bytes=4096).get("https://a.example/x")


def test_a_compressed_body_is_decoded_once() -> None:
    class Raw(httpx.BaseTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            return httpx.Response(
                200, headers={"Content-Encoding": "gzip"}, stream=httpx.ByteStream(gzip.compress(b"hi", mtime=0))
            )

    assert made(Raw()).get("https://a.example/x").text == "hi"


def test_the_kill_switch_refuses_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAYBAND_NETWORK", "off")
    script = Script(httpx.Response(200))
    with pytest.raises(NetworkOff, match="PAYBAND_NETWORK=off"):
        client(transport=script).get("https://a.example/x")
    assert script.asked == []


@pytest.mark.parametrize(("name", "value"), [("PAYBAND_NETWORK", "maybe"), ("PAYBAND_HTTP_TRIES", "0")])
def test_a_setting_that_cannot_be_used_is_named(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(BadInput, match=name):
        client()


def test_a_redirect_is_followed_under_the_same_rules() -> None:
    script, time = Script(httpx.Response(302, headers={"Location": "/there"}), httpx.Response(200, text="ok")), Time()
    assert made(script, time, spacing_s=3).get("https://a.example/x").text == "ok"
    assert time.slept == [3.0]


def test_verdicts_and_messages_never_show_the_query() -> None:
    def judged(status: int) -> Exception | None:
        response = made(Script(httpx.Response(status)), tries=1).get("https://a.example/x?app_key=secret")
        return verdict(response, NOW)

    assert judged(200) is None
    assert judged(304) is None
    assert isinstance(judged(403), Permanent)
    assert isinstance(judged(429), Retriable)
    assert isinstance(judged(599), Retriable)
    assert "secret" not in str(judged(403))


def test_a_scheme_that_cannot_be_asked_is_permanent() -> None:
    with pytest.raises(Permanent, match="cannot be asked"):
        made(httpx.HTTPTransport()).get("gopher://a.example/x")


def test_the_user_agent_says_who_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAYBAND_HTTP_CONTACT", "https://stats.example")
    script = Script(httpx.Response(200))
    client(transport=script).get("https://a.example/")
    agent = script.asked[0].headers["User-Agent"]
    assert agent.startswith("payband/")
    assert "https://stats.example" in agent


def test_conditional_headers() -> None:
    assert conditional('"v1"', "Sat, 21 Nov 2026 12:00:00 GMT") == {
        "If-None-Match": '"v1"',
        "If-Modified-Since": "Sat, 21 Nov 2026 12:00:00 GMT",
    }
    assert conditional() == {}


@pytest.fixture
def cut_server() -> Iterator[str]:
    """A real server whose first answer ends before its Content-Length, and whose second is whole."""
    answers: Iterator[bytes] = iter([b"half", b"the whole"])

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = next(answers)
            self.send_response(200)
            self.send_header("Content-Length", "9")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Tests are silent."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_body_cut_off_on_the_way_is_asked_for_again(cut_server: str) -> None:
    time = Time()
    with client(HttpSettings(network="on"), None, lambda: NOW, time.sleep, time.monotonic) as http:
        assert http.get(cut_server).text == "the whole"


def test_the_environments_proxy_is_used_but_not_for_this_machine(
    cut_server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The proxy is this same server: a request for elsewhere reaches it whole, as a proxy gets it."""
    for name in ("HTTP_PROXY", "http_proxy"):
        monkeypatch.setenv(name, cut_server)
    monkeypatch.setenv("no_proxy", "exempt.invalid")
    with client(HttpSettings(network="on", tries=2, backoff_s=0.01, spacing_s=0)) as http:
        assert http.get("http://elsewhere.invalid/x").text == "the whole"
        with pytest.raises(Retriable):
            http.get("http://exempt.invalid/x")
