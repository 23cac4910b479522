"""Signed marks of the chain, kept in the store: who can change the database alone cannot cut or rewrite the trail.

audit/marks.jsonl has the last head of each day, and each cut that retention made. A head vouches for all before it.
"""

import fcntl
import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Literal, NamedTuple

from accounts.audit.chain import Mark
from kit.errors import Permanent
from kit.signing import Signer, signed_by

Kind = Literal["head", "cut"]


class Signed(NamedTuple):
    """A mark whose signature is good."""

    kind: Kind
    mark: Mark


def read(file: Path, signer: Signer) -> list[Signed]:
    """Every mark in the file, oldest first. Raises Permanent for a line that we did not sign."""
    if not file.exists():
        return []
    return [_opened(line, number, file, signer) for number, line in enumerate(file.read_text().splitlines(), 1)]


def write(file: Path, signer: Signer, kind: Kind, mark: Mark) -> None:
    """Sign a mark and keep it; a head takes the place of that of the same day, and an older head changes nothing."""

    def change(lines: list[str]) -> list[str]:
        told = [_opened(line, number, file, signer) for number, line in enumerate(lines, 1)]
        if kind == "head":
            heads = [signed.mark for signed in told if signed.kind == "head"]
            if heads and heads[-1].seq >= mark.seq:
                return lines
            if told and told[-1].kind == "head" and told[-1].mark.at.date() == mark.at.date():
                lines = lines[:-1]
        return [*lines, _line(signer, kind, mark)]

    _rewrite(file, change)


def _line(signer: Signer, kind: Kind, mark: Mark) -> str:
    told = {"kind": kind, "seq": mark.seq, "hash": mark.hash.hex(), "at": mark.at.isoformat()}
    return json.dumps(told | {"signature": signer.sign(_signed_text(told))})


def _opened(line: str, number: int, file: Path, signer: Signer) -> Signed:
    try:
        told = json.loads(line)
        signature = told.pop("signature")
        if signed_by(signer.public, _signed_text(told), signature):
            return Signed(
                told["kind"], Mark(told["seq"], bytes.fromhex(told["hash"]), datetime.fromisoformat(told["at"]))
            )
    except (ValueError, KeyError, TypeError, AttributeError):
        pass  # what is no mark is not signed either: the same fault
    raise Permanent(f"{file}, line {number}: this installation did not sign it")


def _signed_text(told: Mapping[str, object]) -> bytes:
    return b"payband audit mark\n" + json.dumps(told, sort_keys=True).encode()


def _rewrite(file: Path, change: Callable[[list[str]], list[str]]) -> None:
    with _alone(file):
        before = file.read_text().splitlines() if file.exists() else []
        after = change(before)
        if after == before:
            return
        beside = file.with_name(f"{file.name}.part")
        with open(beside, "w") as handle:
            handle.write("".join(f"{line}\n" for line in after))
            handle.flush()
            os.fsync(handle.fileno())
        beside.replace(file)


@contextmanager
def _alone(file: Path) -> Iterator[None]:
    file.parent.mkdir(parents=True, exist_ok=True)
    with open(file.with_name(f"{file.name}.lock"), "w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
