from pathlib import Path

import polars as pl
import pytest

from kit.frames import content_mark, made_from, write_frame


def test_a_frame_says_what_it_was_made_from(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "frame.parquet"
    assert made_from(path) is None
    write_frame(pl.DataFrame({"a": [1]}), path, "inputs")
    assert made_from(path) == "inputs"
    assert pl.read_parquet(path)["a"].to_list() == [1]
    assert [file.name for file in path.parent.iterdir()] == ["frame.parquet"]


def test_a_frame_written_again_says_what_it_is_made_from_now(tmp_path: Path) -> None:
    path = tmp_path / "frame.parquet"
    for inputs in ("one", "two", "one"):
        write_frame(pl.DataFrame({"a": [1]}), path, inputs)
        assert made_from(path) == content_mark(path) == inputs
    path.unlink()
    assert made_from(path) is None
    assert content_mark(path) == "absent"


def test_a_frame_that_does_not_say_counts_as_new_when_it_is_written_again(tmp_path: Path) -> None:
    path = tmp_path / "frame.parquet"
    marks = set()
    for rows in ([1], [1, 2], [1, 2, 3]):
        write_frame(pl.DataFrame({"a": rows}), path)
        marks.add(content_mark(path))
        assert content_mark(path) in marks
    assert len(marks) == 3


@pytest.mark.parametrize("damage", [b"", b"PAR1", b"PAR1 no parquet at all PAR1"])
def test_a_damaged_frame_counts_as_not_there(tmp_path: Path, damage: bytes) -> None:
    path = tmp_path / "frame.parquet"
    path.write_bytes(damage)
    assert made_from(path) is None


def test_equal_frames_are_equal_files(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_frame(pl.DataFrame({"a": ["x", None], "b": [1.5, 2.0]}), tmp_path / name, "same")
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
