"""The provider over real HTTP."""

import contextlib
import json
import threading
import time
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from tests.peers.oidc.provider import Provider

Peer = Provider


class _Handler(BaseHTTPRequestHandler):
    server: "_Server"

    def do_GET(self) -> None:
        path, query = urlsplit(self.path).path, dict(parse_qsl(urlsplit(self.path).query))
        if self.refused(path):
            return None
        provider = self.server.provider
        if path == "/authorize":
            code = provider.authorize(query)
            if code is None:
                return self.say(400, {"error": "invalid_request"})
            back = urlencode({"code": code, "state": query["state"], "iss": provider.issuer})
            return self.say(302, {}, Location=f"{query['redirect_uri']}?{back}")
        answers = {"/.well-known/openid-configuration": provider.discovery, "/jwks": provider.jwks}
        if path in answers:
            return self.say(200, answers[path]())
        if path == "/userinfo":
            told = provider.userinfo(self.headers.get("Authorization", "").removeprefix("Bearer "))
            return self.say(200, told) if told else self.say(401, {"error": "invalid_token"})
        return self.say(404, {})

    def do_POST(self) -> None:
        form = dict(parse_qsl(self.rfile.read(int(self.headers["Content-Length"])).decode()))
        if self.refused(self.path):
            return
        tokens = self.server.provider.exchange(form)
        self.say(200, tokens) if tokens else self.say(400, {"error": "invalid_grant"})

    def refused(self, path: str) -> bool:
        self.server.asked[path] += 1
        switches = self.server.provider.switches
        time.sleep(switches.delay_s)
        if switches.away:
            self.say(503, {})
        elif switches.body is not None:
            self.answer(200, switches.body)
        return switches.away or switches.body is not None

    def say(self, status: int, content: dict[str, Any], **headers: str) -> None:
        self.answer(status, json.dumps(content).encode(), **headers)

    def answer(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        with contextlib.suppress(OSError):  # whoever asked may have given up
            self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Tests say what they want to see."""


class _Server(ThreadingHTTPServer):
    daemon_threads = False
    provider: Provider
    asked: Counter[str]


@contextlib.contextmanager
def oidc_peer() -> Iterator[tuple[Peer, Counter[str]]]:
    """A running provider, and how often each of its paths was asked."""
    with _Server(("127.0.0.1", 0), _Handler) as server:
        server.provider = Provider(f"http://127.0.0.1:{server.server_address[1]}")
        server.asked = Counter()
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield server.provider, server.asked
        finally:
            server.shutdown()
            thread.join()
