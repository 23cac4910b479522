"""Files that are sealed in pieces, so that one of any size is written and read in little memory.

Each piece is bound to its number and to whether it is the last: one that was exchanged, cut off or added does not open.
"""

import os
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Self

from kit.errors import Permanent
from kit.secrets import opened, sealed

PIECE = 1 << 20
LENGTH = struct.Struct(">I")


class SealedWriter:
    """Takes bytes as a file does; nothing of them is on the disk unsealed. The file is ours alone to read.

    As a context it is closed at the end, and where it is left by an error, given up: then it does not open.
    """

    def __init__(self, path: Path, key: bytes, bound_to: str) -> None:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        self._file = os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
        self._key, self._bound_to = key, bound_to
        self._waiting, self._number = bytearray(), 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self.close() if kind is None else self._file.close()

    def write(self, data: bytes) -> int:
        """Seal what makes whole pieces, keep the rest. What comes after the end is dropped: a zip that was left by an
        error still writes its table of contents when it is collected.
        """
        if self._file.closed:
            return len(data)
        self._waiting += data
        while len(self._waiting) > PIECE:
            self._seal(bytes(self._waiting[:PIECE]), last=False)
            del self._waiting[:PIECE]
        return len(data)

    def flush(self) -> None:
        """Does nothing: a piece is written when it is whole."""

    def close(self) -> None:
        """Seal the last piece, and see it on the disk."""
        self._seal(bytes(self._waiting), last=True)
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()

    def _seal(self, data: bytes, *, last: bool) -> None:
        piece = sealed(self._key, data, _place(self._bound_to, self._number, last))
        self._file.write(LENGTH.pack(len(piece)) + piece)
        self._number += 1


def read_sealed(file: IO[bytes], key: bytes, bound_to: str) -> Iterator[bytes]:
    """What was written, piece by piece. Raises Permanent where it does not open, or ends too soon."""
    piece, number = _next(file), 0
    while piece is not None:
        after = _next(file)
        yield opened(key, piece, _place(bound_to, number, after is None))
        piece, number = after, number + 1
    if not number:
        raise Permanent("a sealed file is empty")


def _next(file: IO[bytes]) -> bytes | None:
    head = file.read(LENGTH.size)
    return file.read(LENGTH.unpack(head)[0]) if len(head) == LENGTH.size else None


def _place(bound_to: str, number: int, last: bool) -> str:
    return f"{bound_to}:{number}:{'last' if last else 'more'}"
