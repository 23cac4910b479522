"""The port through which every message leaves, and the two ways out that need no server."""

import asyncio
import os
import sys
import uuid
from email.policy import SMTP
from pathlib import Path
from typing import Protocol

from accounts.mail.messages import Message, as_email
from accounts.settings import AccountSettings
from kit.store import Store


class Outbox(Protocol):
    """A way out of the house."""

    async def send(self, message: Message) -> None:
        """Hand the message over. Raises Retriable when it may work later and Permanent when it never will."""


class FileOutbox:
    """One .eml file a message, readable by us alone, in a folder for each user (so that erasure finds them)."""

    def __init__(self, folder: Path, sender: str) -> None:
        self._folder = folder
        self._sender = sender

    async def send(self, message: Message) -> None:
        await asyncio.to_thread(self._write, message)

    def of(self, user_id: uuid.UUID) -> Path:
        """The folder of everything that was written to one user; it need not exist."""
        return self._folder / str(user_id)

    def _write(self, message: Message) -> None:
        folder = self.of(message.user_id)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = folder / f"{message.id}.eml"
        beside = folder / f".{message.id}.part"
        beside.unlink(missing_ok=True)
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as handle:
            handle.write(as_email(message, self._sender).as_bytes(policy=SMTP))
            handle.flush()
            os.fsync(handle.fileno())
        beside.replace(path)  # sent twice it is still one file


class ConsoleOutbox:
    """Messages as text on standard error: for trying things out, never where logs are kept."""

    def __init__(self, sender: str) -> None:
        self._sender = sender

    async def send(self, message: Message) -> None:
        shown = f"From: {self._sender}\nTo: {message.to}\nSubject: {message.subject}\n\n{message.text}"
        sys.stderr.write(f"{'-' * 72}\n{shown}{'-' * 72}\n")
        sys.stderr.flush()


def outbox_of(settings: AccountSettings) -> Outbox:
    """The way out that the settings name."""
    if settings.mail_outbox == "file":
        return FileOutbox(Store(settings.store).outbox, settings.mail_from)
    if settings.mail_outbox == "console":
        return ConsoleOutbox(settings.mail_from)
    from accounts.mail.smtp import SmtpOutbox

    password = settings.smtp_password
    return SmtpOutbox(
        settings.smtp_host or "",
        settings.smtp_port,
        settings.mail_from,
        security=settings.smtp_security,
        user=settings.smtp_user,
        password=None if password is None else password.get_secret_value(),
        timeout_s=settings.smtp_timeout_s,
    )
