"""The peer over real HTTP: who asks, which version, faults, idempotency, then the route."""

import base64
import contextlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from tests.peers.stripe import pages, parameters, routes
from tests.peers.stripe.actors import StripePeer
from tests.peers.stripe.errors import Refusal, invalid
from tests.peers.stripe.faults import Fault
from tests.peers.stripe.peer import VERSION, Peer

Answer = tuple[int, bytes]


class _Handler(BaseHTTPRequestHandler):
    server: "_Server"

    def do_GET(self) -> None:
        self.handle_one("GET", "")

    def do_DELETE(self) -> None:
        self.handle_one("DELETE", self.body())

    def do_POST(self) -> None:
        self.handle_one("POST", self.body())

    def body(self) -> str:
        return self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()

    def handle_one(self, method: str, body: str) -> None:
        parts = urlsplit(self.path)
        if not parts.path.startswith("/v1/"):
            return self.page(method, parts.path, body)
        fault = self.server.peer.faults.take(method, parts.path)
        if fault and fault.kind != "drop_answer":
            fault.reached.set()
        if fault and fault.kind == "status":
            return self.say(_error(Refusal(fault.status, *_words(fault.status))))
        if fault and fault.kind == "time_out":
            fault.released.wait()
            return None
        self.answer(method, parts.path, parts.query or body if method != "POST" else body, fault)
        return None

    def page(self, method: str, path: str, body: str) -> None:
        status, text, location = pages.show(self.server.peer, method, path, body)
        if method == "POST":
            self.server.peer.keep()
        more = {"Location": location} if location else {}
        self.say((status, text.encode()), **{"Content-Type": "text/html; charset=utf-8"}, **more)

    def answer(self, method: str, path: str, given: str, fault: Fault | None) -> None:
        peer, key = self.server.peer, self.headers.get("Idempotency-Key") if method == "POST" else None
        headers = {"Request-Id": peer.identifier("req"), "Stripe-Version": VERSION}
        headers |= {"Idempotency-Key": key} if key else {}
        try:
            self.admit()
            again = peer.idempotency.begin(key, (path, given), peer.now) if key else None
        except Refusal as refusal:
            return self.say(_error(refusal), **headers)
        if again:
            return self.say(again, **headers, **{"Idempotent-Replayed": "true"})
        if fault and fault.kind == "wait":
            fault.released.wait()
        answer = self.done(method, path, given, (headers["Request-Id"], key))
        if fault and fault.kind == "drop_answer":
            fault.reached.set()
            return None
        return self.say(answer, **headers)

    def done(self, method: str, path: str, given: str, asked_by: tuple[str, str | None]) -> Answer:
        """Carry it out; what is kept of it has the answer for whoever asks again, too."""
        peer, key = self.server.peer, asked_by[1]
        answer, keep = None, False
        with peer.lock:
            try:
                answer, keep = carry_out(peer, method, path, given, asked_by)
            finally:
                if key:
                    peer.idempotency.end(key, answer if keep else None)
            if method != "GET":
                peer.keep()
        return answer

    def admit(self) -> None:
        """Raises Refusal for a key that is not one, or another version of the API."""
        kind, _, given = self.headers.get("Authorization", "").partition(" ")
        if kind == "Basic":
            given = base64.b64decode(given).decode().partition(":")[0]
        if given != self.server.peer.key:
            shown = f"Invalid API Key provided: {'*' * len(given[:-4])}{given[-4:]}" if given else "No API key."
            raise Refusal(401, "invalid_request_error", shown)
        version = self.headers.get("Stripe-Version", VERSION)
        if version != VERSION:
            raise invalid(f"Invalid Stripe API version: {version}")

    def say(self, answer: Answer, **headers: str) -> None:
        status, body = answer
        self.send_response(status)
        usual = {"Content-Type": "application/json", "Content-Length": str(len(body))}
        for name, value in (usual | headers).items():
            self.send_header(name, value)
        self.end_headers()
        with contextlib.suppress(OSError):  # whoever asked may have given up
            self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Tests say what they want to see."""


def carry_out(peer: Peer, method: str, path: str, given: str, asked_by: tuple[str, str | None]) -> tuple[Answer, bool]:
    """The answer, and whether it is kept for its idempotency key: not when the parameters were refused."""
    try:
        with peer.lock:
            peer.asked_by = asked_by
            try:
                told = routes.call(peer, method, path, parameters.decode(given))
            finally:
                peer.asked_by = (None, None)
    except Refusal as refusal:
        return _error(refusal), refusal.status == 402
    return (200, json.dumps(told).encode()), True


def _error(refusal: Refusal) -> Answer:
    return refusal.status, json.dumps({"error": refusal.error}).encode()


def _words(status: int) -> tuple[str, str]:
    if status == 429:
        return "invalid_request_error", "Request rate limit exceeded."
    return "api_error", "An unknown error occurred."


class _Server(ThreadingHTTPServer):
    daemon_threads = False  # closing waits for requests, so that no socket outlives its test
    request_queue_size = 128
    peer: Peer


def _at(port: int) -> _Server:
    """A port that is taken is replaced by a free one."""
    try:
        return _Server(("127.0.0.1", port), _Handler)
    except OSError:
        return _Server(("127.0.0.1", 0), _Handler)


@contextlib.contextmanager
def stripe_peer(*, port: int = 0, seed: str = "0", now: int | None = None) -> Iterator[StripePeer]:
    """A running peer; `peer.url` is what `StripeClient(peer.key, base_addresses={"api": peer.url})` is given."""
    with _at(port) as server:
        peer = server.peer = StripePeer(routes.REACTIONS, seed=seed, now=now)
        peer.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield peer
        finally:
            peer.faults.end()
            server.shutdown()
            thread.join()
            peer.webhooks.end()
