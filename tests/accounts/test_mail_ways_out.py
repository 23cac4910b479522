"""Messages and their ways out: files, the console, and SMTP against a real server over TCP."""

import asyncio
import ssl
import stat
import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import SMTP
from pathlib import Path
from typing import Any

import pytest

from accounts.mail.messages import Message, as_email
from accounts.mail.outbox import ConsoleOutbox, FileOutbox
from accounts.mail.smtp import SmtpOutbox
from accounts.mail.templates import MOST, TEMPLATES, rendered
from kit.errors import Permanent, Retriable
from tests.peers.smtp import Peer, smtp_peer

SENDER = "Payband <post@payband.example>"
ADDRESS = "ann@example.org"


def letter(**other: Any) -> Message:
    subject, text = rendered("magic_link", {"link": "https://payband.example/in?a=1&b=2", "until": "12:15 UTC"})
    told: dict[str, Any] = {"to": ADDRESS, "subject": subject, "text": text, **other}
    return Message(id=uuid.uuid4(), user_id=uuid.uuid4(), written_at=datetime(2026, 5, 1, 12, tzinfo=UTC), **told)


@pytest.fixture
def running(tmp_path: Path) -> Iterator[tuple[Peer, ssl.SSLContext]]:
    with smtp_peer(tmp_path) as peer:
        yield peer


def outbox(running: tuple[Peer, ssl.SSLContext], **more: Any) -> SmtpOutbox:
    peer, tls = running
    return SmtpOutbox("127.0.0.1", peer.port, SENDER, **{"tls": tls, "timeout_s": 2.0, **more})


def send(way: SmtpOutbox, message: Message) -> None:
    asyncio.run(way.send(message))


def test_every_kind_is_rendered_of_exactly_its_fields() -> None:
    import string

    for kind, template in TEMPLATES.items():
        fields = {name: f"<{name}>" for _, name, _, _ in string.Formatter().parse(template.body) if name}
        subject, text = rendered(kind, fields)
        assert subject
        assert all(value in text for value in fields.values())
        with pytest.raises(ValueError, match="has the fields"):
            rendered(kind, {**fields, "other": "x"})


@pytest.mark.parametrize("value", ["two\nlines", "nul\0", "lone \ud800", "long" * MOST])
def test_a_field_is_one_printable_line(value: str) -> None:
    with pytest.raises(ValueError, match="printable") as raised:
        rendered("magic_link", {"link": value, "until": "soon"})
    assert value not in str(raised.value)


def test_a_letter_is_text_and_html_and_the_same_when_sent_twice() -> None:
    message = letter()
    first, second = as_email(message, SENDER), as_email(message, SENDER)
    assert first["Message-ID"] == second["Message-ID"] == f"<{message.id}@payband.example>"
    assert first["Auto-Submitted"] == "auto-generated"
    plain, marked = first.get_body(("plain",)), first.get_body(("html",))
    assert plain is not None
    assert plain.get_content().splitlines() == message.text.splitlines()
    assert marked is not None
    assert '<a href="https://payband.example/in?a=1&amp;b=2">' in marked.get_content()


@pytest.mark.parametrize("name", ["Ann", "Änne"])
def test_what_goes_out_is_ascii_and_a_link_stays_in_one_piece(name: str) -> None:
    link = f"https://payband.example/account/verify-email#token={'x' * 60}"
    sent = as_email(replace(letter(), text=f"{link}\n", subject=f"For {name}"), SENDER).as_bytes()
    assert sent.isascii()
    assert link.encode() in sent


@pytest.mark.parametrize("to", ["ann@example.org\r\nBcc: eve@example.org", "", "nobody", "a@b@c", "ann@", "\0@x.org"])
def test_an_address_cannot_add_headers(to: str) -> None:
    with pytest.raises(Permanent) as raised:
        as_email(letter(to=to), SENDER)
    assert "eve" not in str(raised.value)


def test_a_message_shows_nothing_of_a_person() -> None:
    shown = repr(letter())
    assert ADDRESS not in shown
    assert "payband.example/in" not in shown


def test_files_are_ours_alone_and_in_a_folder_a_user(tmp_path: Path) -> None:
    way, message = FileOutbox(tmp_path / "outbox", SENDER), letter()
    asyncio.run(way.send(message))
    asyncio.run(way.send(message))
    (file,) = way.of(message.user_id).iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    kept = message_from_bytes(file.read_bytes(), policy=SMTP)
    assert kept["To"] == ADDRESS
    assert kept["Subject"] == message.subject


def test_the_console_shows_the_letter(capsys: pytest.CaptureFixture[str]) -> None:
    asyncio.run(ConsoleOutbox(SENDER).send(letter()))
    assert "https://payband.example/in?a=1&b=2" in capsys.readouterr().err


def test_a_letter_arrives_encrypted_after_a_log_in(running: tuple[Peer, ssl.SSLContext]) -> None:
    peer, _ = running
    peer.login = ("post", "p-" + uuid.uuid4().hex)
    message = letter()
    send(outbox(running, user=peer.login[0], password=peer.login[1]), message)
    (got,) = peer.received
    assert (got["To"], got["Message-ID"]) == (ADDRESS, f"<{message.id}@payband.example>")
    assert peer.encrypted


def test_tls_from_the_first_byte(tmp_path: Path) -> None:
    with smtp_peer(tmp_path, implicit_tls=True) as running:
        send(outbox(running, security="tls"), letter())
        assert running[0].encrypted


@pytest.mark.parametrize("verb", ["BANNER", "MAIL", "RCPT", "DATA", "BODY"])
@pytest.mark.parametrize(("code", "kind"), [(451, Retriable), (550, Permanent)])
def test_answers_for_now_and_for_good(
    running: tuple[Peer, ssl.SSLContext], verb: str, code: int, kind: type[Exception]
) -> None:
    running[0].answers[verb] = f"{code} no, not to {ADDRESS}"
    with pytest.raises(kind) as raised:
        send(outbox(running), letter())
    assert str(code) in str(raised.value)
    assert ADDRESS not in str(raised.value)
    assert raised.value.__cause__ is None
    assert running[0].received == []


@pytest.mark.parametrize("verb", ["EHLO", "MAIL", "DATA", "BODY"])
def test_a_server_that_hangs_up_may_be_asked_again(running: tuple[Peer, ssl.SSLContext], verb: str) -> None:
    running[0].drop = verb
    with pytest.raises(Retriable):
        send(outbox(running), letter())


def test_a_slow_server_is_given_up(running: tuple[Peer, ssl.SSLContext]) -> None:
    running[0].delay_s = 1
    with pytest.raises(Retriable):
        send(outbox(running, timeout_s=0.2), letter())
    assert running[0].received == []


def test_a_server_that_is_not_there_may_come_back(running: tuple[Peer, ssl.SSLContext]) -> None:
    with pytest.raises(Retriable):
        asyncio.run(SmtpOutbox("127.0.0.1", 1, SENDER).send(letter()))


def test_a_wrong_password_is_for_good_and_not_told(running: tuple[Peer, ssl.SSLContext]) -> None:
    running[0].login = ("post", "right")
    with pytest.raises(Permanent, match="535") as raised:
        send(outbox(running, user="post", password="wr0ng-p4ss"), letter())
    assert "wr0ng" not in str(raised.value)


def test_nothing_goes_out_in_the_open(running: tuple[Peer, ssl.SSLContext]) -> None:
    running[0].offer_starttls = False
    with pytest.raises(Permanent, match="STARTTLS"):
        send(outbox(running), letter())
    running[0].offer_starttls = True
    with pytest.raises(Permanent, match="certificate"):
        send(outbox(running, tls=ssl.create_default_context()), letter())
    assert running[0].received == []
