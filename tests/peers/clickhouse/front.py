"""`python -m tests.peers.clickhouse.front FOLDER [STATEMENTS]`: prints its port, serves until its input ends."""

import gzip
import os
import re
import socket
import sys
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import lz4.frame
import zstandard
from chdb.session import Session

# What a request says of itself; every other parameter is a setting of the query.
OF_REQUEST = {"query", "database", "session_id", "session_timeout", "session_check", "query_id", "user", "password"}
OF_REQUEST |= {"default_format", "compress", "decompress", "client_protocol_version", "role", "wait_end_of_query"}
INSERT = re.compile(rb"\s*(insert\s+into\s.+?)\s+format\s+(\w+)\s*?(?:\n|$)", re.IGNORECASE | re.DOTALL)
UNPACK: dict[str, Callable[[bytes], bytes]] = {"": bytes, "gzip": gzip.decompress, "lz4": lz4.frame.decompress}
UNPACK["zstd"] = lambda body: zstandard.decompress(body)
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
CHANGING = ("create", "drop", "rename", "exchange", "truncate", "alter", "delete")
ALONE = [
    (re.compile(r"on\s+cluster\s+(['\"`]?)\w+\1", re.IGNORECASE), ""),
    (re.compile(r"Replicated(MergeTree)"), r"\1"),
    (re.compile(r"Distributed\((?:[^()]|\(\))*\)"), "MergeTree order by tuple()"),
    (re.compile(r"system\s+sync\s+replica\s.*", re.IGNORECASE | re.DOTALL), "select 1"),
    (re.compile(r"clusterAllReplicas\([^,]+,\s*(system\.\w+)\)"), r"(select *, 1 as _shard_num from \1)"),
]
CODE = re.compile(r"Code: (\d+)")


class Engine:
    """The one session, and the settings that it was last given.

    With `statements`, one for a cluster, which this engine knows none of, is read by its parser, written to that file,
    and then done as one server alone would: that shows what a cluster would be told, not what it would do.
    """

    def __init__(self, folder: Path, statements: Path | None = None) -> None:
        self._statements = statements
        self._session = Session(str(folder))
        self._lock = threading.Lock()
        self._given: dict[str, str] = {}
        self._inserted = folder.parent / f"{folder.name}.inserted.{os.getpid()}"

    def ask(self, asked: bytes, parameters: dict[str, str]) -> bytes:
        """The answer, in the format that the statement names, else in `default_format`; an insert's rows follow it."""
        with self._lock:
            self._set({name: value for name, value in parameters.items() if name not in OF_REQUEST})
            self._session.query(f"use `{parameters.get('database') or 'default'}`")
            if inserting := INSERT.match(asked):
                self._inserted.write_bytes(asked[inserting.end() :])
                statement = f"{inserting[1].decode()} select * from file('{self._inserted}', '{inserting[2].decode()}')"
            else:
                statement = self._for_one(asked.decode())
            try:
                answer = self._session.query(statement, parameters.get("default_format", "TabSeparated"))
            finally:
                self._inserted.unlink(missing_ok=True)
            return bytes(answer.bytes()) if answer else b""

    def _for_one(self, statement: str) -> str:
        if self._statements is None:
            return statement
        told = COMMENT.sub("", statement).strip()
        if told.lower().startswith(CHANGING):
            self._session.query(f"explain ast {told}")
            with self._statements.open("a") as record:
                record.write(" ".join(told.split()) + ";\n")
        for pattern, instead in ALONE:
            statement = pattern.sub(instead, statement)
        return statement

    def _set(self, wanted: dict[str, str]) -> None:
        changes = [f"{name} = DEFAULT" for name in self._given if name not in wanted]
        changes += [f"{name} = '{value}'" for name, value in wanted.items() if self._given.get(name) != value]
        if changes:
            self._session.query("set " + ", ".join(changes))
        self._given = wanted


class Handler(BaseHTTPRequestHandler):
    """GET and POST as ClickHouse's HTTP interface has them."""

    protocol_version = "HTTP/1.1"
    engine: Engine

    def setup(self) -> None:
        super().setup()
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # 5 ms a query, not 50

    def do_GET(self) -> None:
        self._answer(b"")

    def do_POST(self) -> None:
        self._answer(self._body())

    def _answer(self, body: bytes) -> None:
        parameters = dict(parse_qsl(urlsplit(self.path).query, keep_blank_values=True))
        asked = b"\n".join(part for part in (parameters.get("query", "").encode(), body) if part)
        try:
            status, answer, code = 200, self.engine.ask(asked, parameters) if asked else b"Ok.\n", None
        except RuntimeError as error:  # the engine's own words, with its code
            found = CODE.search(str(error))
            status, answer, code = 500, str(error).encode(), found[1] if found else "1000"
        self.send_response(status)
        self.send_header("Content-Length", str(len(answer)))
        self.send_header("X-ClickHouse-Timezone", "UTC")
        if code:
            self.send_header("X-ClickHouse-Exception-Code", code)
        self.end_headers()
        self.wfile.write(answer)

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            parts = []
            while size := int(self.rfile.readline().split(b";")[0], 16):
                parts.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            body = b"".join(parts)
        else:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        return UNPACK[self.headers.get("Content-Encoding", "")](body)

    def log_message(self, *_: Any) -> None:
        """Nothing: what fails is told to who asked."""


def main(folder: Path, statements: Path | None = None) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    Handler.engine = Engine(folder, statements)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_port, flush=True)
    sys.stdin.read()
    os._exit(0)  # the engine's own end can hang; what it answered for is on disk


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
