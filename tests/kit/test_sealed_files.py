"""Files that only the holder of a key can read."""

import io
from pathlib import Path

import pytest

from kit.errors import Permanent
from kit.sealed_files import PIECE, SealedWriter, read_sealed


def test_sealed_files_open_whole_or_not_at_all(tmp_path: Path) -> None:
    key, path = bytes(32), tmp_path / "deep" / "file"
    data = bytes(range(256)) * 10_000  # two pieces and a half
    out = SealedWriter(path, key, "here")
    for at in range(0, len(data), 70_001):
        out.write(data[at : at + 70_001])
    out.close()
    stored = path.read_bytes()
    assert data[:100] not in stored
    assert path.stat().st_mode & 0o777 == 0o600
    assert b"".join(read_sealed(io.BytesIO(stored), key, "here")) == data
    first = PIECE + 4 + 28
    for wrong in (
        stored[:first],
        stored[:-1],
        stored[first:],
        stored[first : 2 * first] + stored[:first] + stored[2 * first :],
        stored + stored[:first],
        stored[:50] + bytes([stored[50] ^ 1]) + stored[51:],
        b"",
    ):
        with pytest.raises(Permanent):
            b"".join(read_sealed(io.BytesIO(wrong), key, "here"))
    with pytest.raises(Permanent):
        b"".join(read_sealed(io.BytesIO(stored), key, "elsewhere"))
