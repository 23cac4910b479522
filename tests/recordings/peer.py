"""The recorded sources as peers: what each would answer, through a transport or on 127.0.0.1.

A recording is a folder: `exchange.yaml` says which request gets which file; "{server}" in it and in the files is the
peer's own address. The sentence "LONGTEXT" marks where a test puts a very long text.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import orjson
import yaml

FOLDER = Path(__file__).resolve().parent
KINDS = sorted(path.parent.name for path in FOLDER.glob("*/exchange.yaml"))
NOWHERE = "http://recorded.invalid"
MEDIA = {
    ".json": "application/json",
    ".html": "text/html; charset=utf-8",
    ".xml": "application/xml",
    ".txt": "text/plain",
}
Change = Callable[[httpx.Request, httpx.Response], httpx.Response]


@dataclass
class Peer:
    """One recorded source. `change` may alter each answer; `asked` keeps every request."""

    kind: str
    server: str = NOWHERE
    change: Change = lambda _, response: response
    asked: list[httpx.Request] = field(default_factory=list)

    def __post_init__(self) -> None:
        text = (FOLDER / self.kind / "exchange.yaml").read_text()
        self.exchange: dict[str, Any] = yaml.safe_load(text)

    @property
    def options(self) -> dict[str, Any]:
        """The source's options, pointed at this peer."""
        return yaml.safe_load(yaml.safe_dump(self.exchange["options"]).replace("{server}", self.server))

    def answer(self, request: httpx.Request) -> httpx.Response:
        """The recorded answer, a 404 where there is none, after `change`."""
        self.asked.append(request)
        return self.change(request, self._recorded(request))

    def _recorded(self, request: httpx.Request) -> httpx.Response:
        for entry in self.exchange["answers"]:
            if _matches(entry, request):
                path = FOLDER / self.kind / entry["file"]
                body = path.read_bytes().replace(b"{server}", self.server.encode())
                return httpx.Response(200, content=body, headers={"Content-Type": MEDIA[path.suffix]})
        return httpx.Response(404, json={"error": "not recorded"})


def _matches(entry: dict[str, Any], request: httpx.Request) -> bool:
    """Path exactly, query and JSON body at least as recorded."""
    if entry["path"] != request.url.path or entry.get("method", "GET") != request.method:
        return False
    body = orjson.loads(request.content) if entry.get("json") else {}
    query = {key: str(value) for key, value in entry.get("query", {}).items()}
    return query.items() <= dict(request.url.params).items() and entry.get("json", {}).items() <= body.items()


@contextmanager
def serving(peer: Peer) -> Iterator[Peer]:
    """The peer as a real HTTP server on a free port of 127.0.0.1."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            request = httpx.Request(self.command, f"{peer.server}{self.path}", headers=dict(self.headers), content=body)
            response = peer.answer(request)
            self.send_response(response.status_code)
            for name, value in response.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(response.content)

        do_POST = do_GET

        def log_message(self, *_: Any) -> None:
            """Tests are silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    peer.server = f"http://127.0.0.1:{server.server_port}"
    try:
        yield peer
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
