"""A mail server on 127.0.0.1 that keeps what it is given; it can refuse, hang up, delay, ask for TLS and a password."""

import base64
import contextlib
import socketserver
import ssl
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from ipaddress import ip_address
from pathlib import Path
from typing import cast

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec


@dataclass
class Peer:
    """Switches, read at every command. `answers` maps a verb (BANNER, MAIL, RCPT, DATA, BODY) to a reply."""

    port: int = 0
    received: list[EmailMessage] = field(default_factory=list)
    connections: int = 0
    encrypted: bool = False  # whether the last message came over TLS
    answers: dict[str, str] = field(default_factory=dict)
    drop: str | None = None  # hang up when this verb comes; BODY keeps the message and hangs up before it says so
    delay_s: float = 0.0  # before every reply
    login: tuple[str, str] | None = None
    offer_starttls: bool = True


class _Session(socketserver.BaseRequestHandler):
    server: "_Server"

    def setup(self) -> None:
        self.peer = self.server.peer
        self.peer.connections += 1
        self.known = False
        if self.server.implicit_tls:
            self.encrypt()
        self.reader = self.request.makefile("rb")

    def encrypt(self) -> None:
        self.request = self.server.tls.wrap_socket(self.request, server_side=True)

    def handle(self) -> None:
        with contextlib.suppress(OSError):
            self.say("BANNER", "220 peer")
            while line := self.reader.readline():
                verb, _, rest = line.decode().strip().partition(" ")
                if self.peer.drop == verb.upper() or not self.command(verb.upper(), rest):
                    return

    def finish(self) -> None:
        self.reader.close()
        self.request.close()

    def say(self, verb: str, usual: str) -> bool:
        time.sleep(self.peer.delay_s)
        self.request.sendall(f"{self.peer.answers.get(verb, usual)}\r\n".encode())
        return True

    def command(self, verb: str, rest: str) -> bool:
        """Answer; False when the session is over."""
        if verb == "EHLO":
            return self.say(verb, self.greeting())
        if verb == "STARTTLS":
            self.say(verb, "220 go on")
            self.reader.close()
            self.encrypt()
            self.reader = self.request.makefile("rb")
            return True
        if verb == "AUTH":
            given = base64.b64decode(rest.split(" ", 1)[1]).decode().split("\0")[1:]
            self.known = tuple(given) == self.peer.login
            return self.say(verb, "235 welcome" if self.known else "535 who are you")
        if verb == "MAIL" and self.peer.login and not self.known:
            return self.say(verb, "530 log in first")
        if verb == "DATA":
            return self.data()
        if verb == "QUIT":
            self.say(verb, "221 bye")
            return False
        return self.say(verb, "250 fine")

    def greeting(self) -> str:
        secure = isinstance(self.request, ssl.SSLSocket)
        more = ["STARTTLS"] if self.peer.offer_starttls and not secure else []
        more += ["AUTH PLAIN"] if self.peer.login else []
        return "\r\n".join(["250-peer", *(f"250-{line}" for line in more), "250 8BITMIME"])

    def data(self) -> bool:
        self.say("DATA", "354 go on")
        if not self.peer.answers.get("DATA", "354").startswith("354"):
            return True
        lines = []
        while (line := self.reader.readline()) not in (b".\r\n", b""):
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        if self.peer.answers.get("BODY", "250").startswith("250"):
            self.peer.received.append(cast(EmailMessage, message_from_bytes(b"".join(lines), policy=SMTP)))
            self.peer.encrypted = isinstance(self.request, ssl.SSLSocket)
        return self.peer.drop != "BODY" and self.say("BODY", "250 taken")


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = False  # closing waits for sessions, so that no socket outlives its test
    block_on_close = True

    def __init__(self, peer: Peer, tls: ssl.SSLContext, implicit_tls: bool) -> None:
        super().__init__(("127.0.0.1", 0), _Session)
        self.peer, self.tls, self.implicit_tls = peer, tls, implicit_tls

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that breaks off a handshake is what some tests are about."""


@contextlib.contextmanager
def smtp_peer(folder: Path, *, implicit_tls: bool = False) -> Iterator[tuple[Peer, ssl.SSLContext]]:
    """A running server, and the TLS context of a client that trusts it."""
    server_tls, client_tls = _certified(folder)
    peer = Peer()
    with _Server(peer, server_tls, implicit_tls) as server:
        peer.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield peer, client_tls
        finally:
            server.shutdown()
            thread.join()


def _certified(folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem, file = serialization.Encoding.PEM, folder / "peer.pem"
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    file.write_bytes(private + certificate.public_bytes(pem))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(file)
    return server, ssl.create_default_context(cadata=certificate.public_bytes(pem).decode())
