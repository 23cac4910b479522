"""What every door of the insights does: one question in, one answer out, from one release.

A door is data: its path, the model of its parameters, the pure function that answers. The framework's endpoints and
the fast lane both go through `answer`, so that there is one way to an answer.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, NamedTuple

import orjson
from pydantic import BaseModel, ConfigDict, Field, model_validator

from billing.services import ServiceName
from serving.access import Needs
from serving.reader import Reader
from serving.shelf import Shelf

SCOPE = "insights:read"
CURRENT_S = 60  # how long a client may keep an answer of the current release
PINNED_S = 86_400  # and one of a release that it named
ID = r"^[0-9A-Za-z][0-9A-Za-z-]*$"  # of a release: names a folder, and no other


class Question(BaseModel):
    """Parameters that every door takes."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    as_of: date | None = Field(default=None, description="Answer from the release that was current on this day (UTC)")
    release: str | None = Field(
        default=None, pattern=ID, max_length=64, description="Answer from the release with this id"
    )

    @model_validator(mode="after")
    def _one_release(self) -> "Question":
        if self.as_of is not None and self.release is not None:
            raise ValueError("give as_of or release, not both")
        return self


class PastQuestion(Question):
    """Parameters of a door that looks back from the release that is asked for."""

    since: date | None = Field(default=None, description="From the first release published on this day (UTC) or later")
    limit: int = Field(default=12, ge=2, le=60, description="At most so many releases, the latest")


class Answer(NamedTuple):
    """A finished answer. `headers` are those of HTTP, ready to send."""

    body: bytes
    etag: bytes
    headers: list[tuple[bytes, bytes]]
    release: str


@dataclass(frozen=True)
class Door:
    """`answer` takes the release and the question and gives what `shape` describes; it does no input or output.

    A door with `past` takes the releases up to the one that is asked for, oldest first, in its stead.
    """

    path: str
    name: str
    service: ServiceName
    question: type[Question]
    shape: type[BaseModel]
    answer: Callable[[Any, Any], bytes]  # a Reader, or with `past` a list of them
    filled: Callable[[Any], bool]  # whether an answer, read, holds what was asked for: an empty one is not paid
    example: dict[str, Any]
    methods: tuple[str, ...] = ("GET", "POST")
    past: bool = False
    light: bool = True  # answers in well under a millisecond, so that no other request need wait

    @cached_property
    def needs(self) -> Needs:
        """What it asks of its caller."""
        return Needs(self.service, SCOPE)


def name_of(door: Door, question: Question, release: str) -> str:
    """What the answer to this question of this release is known by, however the question is spelled."""
    asked = question.model_dump(mode="json", exclude={"release", "as_of", "dry_run"}, exclude_none=True)
    plain = {key: " ".join(each.casefold().split()) if isinstance(each, str) else each for key, each in asked.items()}
    return f"{door.name} {release} {orjson.dumps(plain, option=orjson.OPT_SORT_KEYS).decode()}"


def answer(shelf: Shelf, door: Door, question: Question, reader: Reader | None = None) -> Answer:
    """The answer with its headers, of the release that the question means if none is given. Raises Problem."""
    reader = reader or shelf.reader(question.release, question.as_of)
    body = door.answer(_past(shelf, reader, question) if door.past else reader, question)
    etag = f'"{reader.id}.{hashlib.blake2b(body, digest_size=8).hexdigest()}"'.encode()
    keep = (
        f"private, max-age={PINNED_S}, immutable"
        if question.release and not door.past
        else f"private, max-age={CURRENT_S}"
    )
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        (b"etag", etag),
        (b"cache-control", keep.encode()),
        (b"vary", b"Authorization, X-API-Key"),
        (b"x-release", reader.id.encode()),
    ]
    return Answer(body, etag, headers, reader.id)


def _past(shelf: Shelf, reader: Reader, question: Any) -> list[Reader]:
    return shelf.past(reader, question.since, question.limit)


def unchanged(etag: bytes, asked: bytes | None) -> bool:
    """Whether If-None-Match names this answer."""
    if asked is None:
        return False
    return asked.strip() == b"*" or etag in (tag.strip().removeprefix(b"W/") for tag in asked.split(b","))


def as_bytes(content: Any) -> bytes:
    """JSON, with dates as ISO text."""
    return orjson.dumps(content)


def kept(content: dict[str, Any]) -> bytes:
    """JSON in no more memory than its length: the encoder's own buffers are several times as large."""
    return bytes(memoryview(orjson.dumps(content)))


def joined(*objects: bytes) -> bytes:
    """One JSON object with the members of several, which must not be empty."""
    return b"{%b}" % b",".join(part[1:-1] for part in objects)
