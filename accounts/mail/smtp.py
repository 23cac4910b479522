"""The way out by SMTP. A 4xx and a lost connection may work later; a 5xx never will.

What a server answers is never repeated in an error: it likes to quote the address.
"""

import asyncio
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Literal

from accounts.mail.messages import Message, as_email, host_of
from kit.errors import Permanent, Retriable

Security = Literal["starttls", "tls", "none"]


class SmtpOutbox:
    """One connection a message, in a thread: what is sent is little, and a connection that is kept goes stale."""

    def __init__(
        self,
        host: str,
        port: int,
        sender: str,
        *,
        security: Security = "starttls",
        user: str | None = None,
        password: str | None = None,
        timeout_s: float = 15.0,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._address = host, port
        self._sender = sender
        self._security = security
        self._login = (user, password) if user is not None and password is not None else None
        self._timeout_s = timeout_s
        self._tls = tls or ssl.create_default_context()

    async def send(self, message: Message) -> None:
        await asyncio.to_thread(self._send, message)

    def _send(self, message: Message) -> None:
        email = as_email(message, self._sender)
        with _judged(f"mail {message.id}"):
            connection = self._connected()
            try:
                connection.send_message(email)
                with suppress(OSError, smtplib.SMTPException):  # taken is taken, however the server says good-bye
                    connection.quit()
            finally:
                connection.close()

    def _connected(self) -> smtplib.SMTP:
        us = host_of(self._sender)  # else smtplib asks DNS for this machine's name, and tells it
        if self._security == "tls":
            connection: smtplib.SMTP = smtplib.SMTP_SSL(*self._address, us, timeout=self._timeout_s, context=self._tls)
        else:
            connection = smtplib.SMTP(*self._address, us, timeout=self._timeout_s)
        try:
            if self._security == "starttls":
                connection.starttls(context=self._tls)  # raises when the server has none: never in the open
            if self._login is not None:
                connection.login(*self._login)
        except BaseException:
            connection.close()
            raise
        return connection


@contextmanager
def _judged(what: str) -> Iterator[None]:
    """Every way in which smtplib fails, as one of ours."""
    try:
        yield
    except smtplib.SMTPRecipientsRefused as error:
        codes = [code for code, _ in error.recipients.values()]
        raise _of(what, "refused the recipient", min(codes)) from None
    except smtplib.SMTPNotSupportedError:
        raise Permanent(f"{what}: the server lacks what this needs (STARTTLS, log-in or SMTPUTF8)") from None
    except smtplib.SMTPServerDisconnected:
        raise Retriable(f"{what}: the server hung up") from None
    except smtplib.SMTPResponseException as error:
        raise _of(what, f"answered in {type(error).__name__.removeprefix('SMTP')}", error.smtp_code) from None
    except ssl.SSLCertVerificationError:
        raise Permanent(f"{what}: the server's certificate is not valid for its name") from None
    except (OSError, smtplib.SMTPException) as error:
        raise Retriable(f"{what}: the server cannot be reached ({type(error).__name__})") from None


def _of(what: str, where: str, code: int) -> Permanent | Retriable:
    kind = Permanent if 500 <= code < 600 else Retriable
    return kind(f"{what}: the server {where} with {code}")
