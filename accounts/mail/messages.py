"""One message as it goes out: plain text with the same as simple HTML, and a Message-ID that never changes."""

import html
import re
import uuid
from dataclasses import dataclass, field
from datetime import datetime
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from kit.errors import Permanent

WIRE = SMTP.clone(max_line_length=998, cte_type="7bit")  # RFC 5322's most: a link stays in one piece in the file too
LINK = re.compile(r"https?://[^\s<>\"]+")


@dataclass(frozen=True)
class Message:
    """What a way out needs. `id` is the mail's row; nothing of a person shows in the repr."""

    id: uuid.UUID
    user_id: uuid.UUID
    to: str = field(repr=False)
    subject: str = field(repr=False)
    text: str = field(repr=False)
    written_at: datetime


def as_email(message: Message, sender: str) -> EmailMessage:
    """The message in its wire form. Raises Permanent for an address or a subject that no header can hold.

    Sent twice it is the same message: its id is made of its row, so a receiver may drop the double.
    """
    made = EmailMessage(policy=WIRE)
    try:
        made["From"] = sender
        made["To"] = Address(addr_spec=message.to)
        made["Subject"] = message.subject
    except (ValueError, IndexError, HeaderParseError):
        raise Permanent(f"mail {message.id} cannot be written: its address or subject is malformed") from None
    made["Date"] = format_datetime(message.written_at)
    made["Message-ID"] = f"<{message.id}@{host_of(sender)}>"
    made["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday answers, please
    made.set_content(message.text)
    made.add_alternative(_as_html(message.text), subtype="html")
    return made


def host_of(sender: str) -> str:
    """The domain that we write from; sender is `Name <local@domain>` or the bare address."""
    return sender.rpartition("@")[2].rstrip(">")


def _as_html(text: str) -> str:
    """Paragraphs and links, and nothing that a reader's browser would have to fetch."""
    paragraphs = (html.escape(paragraph, quote=False).replace("\n", "<br>\n") for paragraph in text.split("\n\n"))
    linked = (LINK.sub(lambda found: f'<a href="{found[0]}">{found[0]}</a>', paragraph) for paragraph in paragraphs)
    return "<!doctype html>\n<html><body>\n" + "\n".join(f"<p>{text}</p>" for text in linked) + "\n</body></html>\n"
