"""Mails from the transaction that writes them to a server that takes them, on a real PostgreSQL."""

import asyncio
import logging
import uuid
from datetime import timedelta
from email import message_from_bytes
from email.policy import SMTP
from pathlib import Path

import psycopg
import pytest
from pydantic import ValidationError

from accounts import mail
from accounts.context import Context
from accounts.jobs import service as queue
from accounts.jobs.worker import work
from accounts.mail import service
from accounts.mail.outbox import ConsoleOutbox, FileOutbox, outbox_of
from accounts.mail.smtp import SmtpOutbox
from accounts.settings import AccountSettings
from accounts.users import service as users
from accounts.vault import service as vault
from kit.database import Database
from kit.errors import Permanent, Retriable
from kit.postgres import Server
from tests.databases import SECRETS, on
from tests.peers.smtp import Peer, smtp_peer
from tests.people import destroy_key

LINK = "https://payband.example/in?token=only-ann-knows"
FIELDS = {"link": LINK, "until": "12:15 UTC"}


def told(**settings: object) -> Context:
    return Context(SECRETS, AccountSettings(**settings))  # type: ignore[arg-type]


def by_smtp(peer: Peer) -> Context:
    return told(mail_outbox="smtp", smtp_host="127.0.0.1", smtp_port=peer.port, smtp_security="none")


async def someone(database: Database) -> tuple[uuid.UUID, str]:
    address = f"{uuid.uuid4().hex}@example.org"
    async with database.transaction() as session:
        return (await users.create_user(session, told(), address)).id, address


def written(server: Server) -> tuple[uuid.UUID, str, uuid.UUID]:
    """User, address and mail."""

    async def run(database: Database) -> tuple[uuid.UUID, str, uuid.UUID]:
        user_id, address = await someone(database)
        async with database.transaction(user_id) as session:
            return user_id, address, await mail.enqueue(session, told(), user_id, "magic_link", FIELDS)

    return on(server.urls.application, run)


def do_what_is_due(server: Server, context: Context) -> None:
    with psycopg.connect(server.urls.owner) as connection:
        connection.execute("UPDATE procrastinate.procrastinate_jobs SET scheduled_at = NULL WHERE status = 'todo'")
    asyncio.run(work(server.urls.worker, context, asyncio.Event(), once=True))


def row(server: Server, mail_id: uuid.UUID) -> tuple[object, ...]:
    with psycopg.connect(server.urls.admin) as connection:
        query = "SELECT state, address_sealed, letter_sealed, sent_at, mails::text FROM mails WHERE id = %s"
        found = connection.execute(query, [mail_id]).fetchone()
    assert found is not None
    return found


@pytest.fixture(autouse=True)
def _empty_queue(postgres: Server) -> None:
    with psycopg.connect(postgres.urls.owner) as connection:
        connection.execute("DELETE FROM procrastinate.procrastinate_jobs")


def test_a_mail_is_sealed_until_it_is_sent_and_then_gone(
    postgres: Server, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    _, address, mail_id = written(postgres)
    state, *_, whole = row(postgres, mail_id)
    assert state == "waiting"
    assert address not in str(whole)
    with caplog.at_level(logging.DEBUG), smtp_peer(tmp_path) as (peer, _):
        do_what_is_due(postgres, by_smtp(peer))
        (got,) = peer.received
        assert (got["To"], got["Message-ID"]) == (address, f"<{mail_id}@localhost>")
        assert LINK in got.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    state, address_sealed, letter_sealed, sent_at, _ = row(postgres, mail_id)
    assert (state, address_sealed, letter_sealed) == ("sent", None, None)
    assert sent_at is not None
    assert address not in caplog.text
    assert LINK not in caplog.text


def test_the_job_done_twice_sends_once(postgres: Server, tmp_path: Path) -> None:
    _, _, mail_id = written(postgres)

    async def together(database: Database) -> None:
        async def once() -> None:
            async with database.transaction() as session:
                assert await service.send(session, told(), outbox_of(context.settings), mail_id) is None

        await asyncio.gather(*(once() for _ in range(4)))

    with smtp_peer(tmp_path) as (peer, _):
        context = by_smtp(peer)
        on(postgres.urls.worker, together)
        do_what_is_due(postgres, context)
        assert len(peer.received) == 1


def test_a_server_that_cannot_now_is_asked_again(postgres: Server, tmp_path: Path) -> None:
    _, _, mail_id = written(postgres)
    with smtp_peer(tmp_path) as (peer, _):
        peer.answers["RCPT"] = "451 later"
        do_what_is_due(postgres, by_smtp(peer))
        assert row(postgres, mail_id)[0] == "waiting"
        peer.answers.clear()
        do_what_is_due(postgres, by_smtp(peer))
        assert row(postgres, mail_id)[0] == "sent"
        assert len(peer.received) == 1


def test_what_is_refused_for_good_is_parked_and_can_be_replayed(postgres: Server, tmp_path: Path) -> None:
    _, address, mail_id = written(postgres)
    with smtp_peer(tmp_path) as (peer, _):
        peer.answers["RCPT"] = f"550 no such box as {address}"
        do_what_is_due(postgres, by_smtp(peer))
        assert row(postgres, mail_id)[0] == "refused"

        async def replay(database: Database) -> str:
            async with database.transaction() as session:
                (job,) = await queue.find(session, "parked", "mail.send", 10)
                await queue.retry(session, job.id)
                return job.failures[0].reason

        reason = on(postgres.urls.admin, replay)
        assert "550" in reason
        assert address not in reason
        peer.answers.clear()
        do_what_is_due(postgres, by_smtp(peer))
        assert row(postgres, mail_id)[0] == "sent"


def test_a_crash_after_the_server_took_it_sends_the_same_message_again(postgres: Server, tmp_path: Path) -> None:
    _, _, mail_id = written(postgres)
    with smtp_peer(tmp_path) as (peer, _):
        peer.drop = "BODY"  # taken, but never said so
        do_what_is_due(postgres, by_smtp(peer))
        peer.drop = None
        do_what_is_due(postgres, by_smtp(peer))
        assert [got["Message-ID"] for got in peer.received] == [f"<{mail_id}@localhost>"] * 2


def test_an_erased_person_is_written_no_more(postgres: Server, tmp_path: Path) -> None:
    user_id, _, mail_id = written(postgres)

    async def erase(database: Database) -> None:
        async with database.transaction() as session:
            await destroy_key(session, user_id)

    on(postgres.urls.worker, erase)
    do_what_is_due(postgres, told(store=tmp_path))
    state, address_sealed, letter_sealed, sent_at, _ = row(postgres, mail_id)
    assert (state, address_sealed, letter_sealed, sent_at) == ("dropped", None, None, None)
    assert not (tmp_path / "outbox").exists()


def test_files_are_the_way_out_unless_told_otherwise(postgres: Server, tmp_path: Path) -> None:
    user_id, address, mail_id = written(postgres)
    do_what_is_due(postgres, told(store=tmp_path))
    file = tmp_path / "outbox" / str(user_id) / f"{mail_id}.eml"
    assert message_from_bytes(file.read_bytes(), policy=SMTP)["To"] == address


def test_nothing_is_written_when_the_transaction_fails_or_the_fields_do_not_fit(postgres: Server) -> None:
    async def write(database: Database, user_id: uuid.UUID, fields: dict[str, str]) -> None:
        async with database.transaction(user_id) as session:
            await mail.enqueue(session, told(), user_id, "magic_link", fields)
            raise Retriable("the rest failed")

    async def run(database: Database) -> None:
        user_id, _ = await someone(database)
        with pytest.raises(ValueError, match="has the fields"):
            await write(database, user_id, {"link": LINK})
        with pytest.raises(Retriable):
            await write(database, user_id, FIELDS)

    on(postgres.urls.application, run)
    with psycopg.connect(postgres.urls.owner) as connection:
        assert connection.execute("SELECT count(*) FROM procrastinate.procrastinate_jobs").fetchone() == (0,)


def test_nobody_writes_in_anothers_name(postgres: Server) -> None:
    async def run(database: Database) -> None:
        (mine, _), (theirs, _) = await someone(database), await someone(database)
        async with database.transaction(mine) as session:
            with pytest.raises(vault.Erased):  # for this transaction there is no such person
                await mail.enqueue(session, told(), theirs, "magic_link", FIELDS)

    on(postgres.urls.application, run)


def test_old_mails_are_forgotten(postgres: Server) -> None:
    _, _, mail_id = written(postgres)
    later = Context(SECRETS, AccountSettings(), lambda: told().clock() + timedelta(days=91))

    async def prune(database: Database) -> None:
        async with database.transaction() as session:
            await service.forget_old(session, later)

    on(postgres.urls.worker, prune)
    with psycopg.connect(postgres.urls.admin) as connection:
        assert connection.execute("SELECT FROM mails WHERE id = %s", [mail_id]).fetchone() is None


def test_settings_name_a_whole_way_out() -> None:
    assert isinstance(outbox_of(AccountSettings()), FileOutbox)
    assert isinstance(outbox_of(AccountSettings(mail_outbox="console")), ConsoleOutbox)
    assert isinstance(outbox_of(by_smtp(Peer(port=25)).settings), SmtpOutbox)
    for wrong in (
        {"mail_outbox": "smtp"},
        {"smtp_user": "post"},
        {"smtp_user": "post", "smtp_password": "x", "smtp_security": "none"},
    ):
        with pytest.raises(ValidationError):
            AccountSettings(**wrong)  # type: ignore[arg-type]


def test_a_user_without_an_address_is_not_written(postgres: Server) -> None:
    async def run(database: Database) -> None:
        user_id, _ = await someone(database)
        async with database.transaction(user_id) as session:
            user = await session.get(users.User, user_id)
            assert user is not None
            user.email_sealed = None
            with pytest.raises(Permanent, match="no address"):
                await mail.enqueue(session, told(), user_id, "magic_link", FIELDS)
            await session.rollback()

    on(postgres.urls.application, run)
