"""Releases: sealed, deterministic, switched by one pointer, and whole whatever happens to the writer."""

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from kit.clock import fixed_clock
from kit.errors import BadInput, Busy, Permanent
from kit.releases import (
    Gate,
    Release,
    current_id,
    current_release,
    list_releases,
    open_release,
    prune_releases,
    publish,
    use_release,
    verify_release,
)
from kit.releases.files import writing

KEYS = {"pay": ["place"]}
GOOD, BAD = Gate(name="floor", passed=True, detail="held"), Gate(name="floor", passed=False, detail="below")
NOON = fixed_clock(datetime(2026, 5, 1, 12, tzinfo=UTC))


def pay(*medians: float) -> dict[str, pl.DataFrame]:
    return {"pay": pl.DataFrame({"place": [f"p{at}" for at in range(len(medians))], "median": list(medians)})}


def published(root: Path, *medians: float, gates: tuple[Gate, ...] = (GOOD,)) -> Release:
    made = publish(root, pay(*medians), keys=KEYS, gates=gates, clock=NOON)
    assert made is not None
    return made


def test_a_release_is_current_and_answers(tmp_path: Path) -> None:
    release = published(tmp_path, 1.0, 2.0)
    found = current_release(tmp_path)
    assert found is not None
    assert found.id == release.id == f"20260501T120000Z-{release.sealed.content[:8]}"
    assert found.lookup.get("pay", "p1") == {"place": "p1", "median": 2.0}
    assert pl.read_parquet(found.table("pay")).height == 2
    assert verify_release(tmp_path, release.id) == []


def test_equal_content_publishes_nothing_whatever_the_order_of_rows(tmp_path: Path) -> None:
    published(tmp_path, 1.0, 2.0, 3.0)
    assert publish(tmp_path, {"pay": pay(1.0, 2.0, 3.0)["pay"].reverse()}, keys=KEYS) is None
    assert len(list_releases(tmp_path)) == 1


def test_a_frame_and_its_file_are_the_same_content(tmp_path: Path) -> None:
    file = tmp_path / "pay.parquet"
    pay(1.0, 2.0)["pay"].write_parquet(file)
    published(tmp_path / "releases", 1.0, 2.0)
    assert publish(tmp_path / "releases", {"pay": file}, keys=KEYS) is None


def test_folders_belong_to_the_content(tmp_path: Path) -> None:
    words = tmp_path / "words"
    words.mkdir()
    (words / "titles.txt").write_text("nurse")
    first = publish(tmp_path / "r", pay(1.0), keys=KEYS, folders={"taxonomy": words})
    (words / "titles.txt").write_text("nurse, doctor")
    second = publish(tmp_path / "r", pay(1.0), keys=KEYS, folders={"taxonomy": words})
    assert first is not None
    assert second is not None
    assert (second.folder / "taxonomy" / "titles.txt").read_text() == "nurse, doctor"


def test_a_release_that_fails_a_gate_is_kept_and_never_current(tmp_path: Path) -> None:
    good = published(tmp_path, 1.0)
    bad = published(tmp_path, 2.0, gates=(GOOD, BAD))
    assert bad.gates_failed == ["floor"]
    assert current_id(tmp_path) == good.id
    assert [release.id for release in list_releases(tmp_path)] == [good.id, bad.id]
    with pytest.raises(BadInput, match="failed its gates"):
        use_release(tmp_path, bad.id)
    assert published(tmp_path, 2.0, gates=(GOOD, BAD)).id == bad.id  # refused again: not written again


def test_ids_sort_by_time_even_when_the_clock_stands_still(tmp_path: Path) -> None:
    ids = [published(tmp_path, float(value)).id for value in range(3)]
    assert ids == sorted(ids)
    assert len({name.split("-")[0] for name in ids}) == 3


def test_an_older_release_can_be_chosen_and_stays_until_there_is_news(tmp_path: Path) -> None:
    old, new = published(tmp_path, 1.0), published(tmp_path, 2.0)
    use_release(tmp_path, old.id)
    assert current_id(tmp_path) == old.id
    assert publish(tmp_path, pay(2.0), keys=KEYS) is None  # what was passed over does not come back by itself
    assert current_id(tmp_path) == old.id
    assert published(tmp_path, 3.0).id == current_id(tmp_path)
    assert use_release(tmp_path, new.id).id == current_id(tmp_path)


def test_readers_keep_a_release_that_is_no_longer_current(tmp_path: Path) -> None:
    held = published(tmp_path, 1.0)
    lookup = held.lookup
    published(tmp_path, 2.0)
    assert prune_releases(tmp_path, keep=1) == [held.id]
    assert lookup.get("pay", "p0") == {"place": "p0", "median": 1.0}


def test_prune_keeps_the_current_one(tmp_path: Path) -> None:
    ids = [published(tmp_path, float(value)).id for value in range(4)]
    use_release(tmp_path, ids[0])
    assert prune_releases(tmp_path, keep=1) == ids[1:3]
    assert [release.id for release in list_releases(tmp_path)] == [ids[0], ids[3]]


@pytest.mark.parametrize(
    ("keys", "frame", "fault"),
    [
        ({"pay": ["place"]}, {"place": ["a", "a"], "median": [1.0, 2.0]}, "more than one row"),
        ({"pay": ["place"]}, {"place": ["a", None], "median": [1.0, 2.0]}, "must not be null"),
        ({"pay": ["city"]}, {"place": ["a"], "median": [1.0]}, "no key column city"),
        ({"wages": ["place"]}, {"place": ["a"], "median": [1.0]}, "not there: wages"),
    ],
)
def test_keys_that_name_no_rows_are_refused(
    tmp_path: Path, keys: dict[str, list[str]], frame: dict[str, list[object]], fault: str
) -> None:
    with pytest.raises(BadInput, match=fault):
        publish(tmp_path, {"pay": pl.DataFrame(frame)}, keys=keys)
    assert current_id(tmp_path) is None


def test_one_writer_at_a_time(tmp_path: Path) -> None:
    with writing(tmp_path), pytest.raises(Busy):
        publish(tmp_path, pay(1.0), keys=KEYS)


def test_files_are_sealed(tmp_path: Path) -> None:
    release = published(tmp_path, 1.0)
    modes = {path.stat().st_mode & 0o222 for path in [release.folder, *release.folder.rglob("*")]}
    assert modes == {0}


def test_verify_names_what_differs(tmp_path: Path) -> None:
    release = published(tmp_path, 1.0)
    table = release.table("pay")
    release.folder.chmod(0o755)
    table.chmod(0o644)
    content = bytearray(table.read_bytes())
    content[len(content) // 2] ^= 1
    table.write_bytes(content)
    (release.folder / "note.txt").write_text("")
    (release.folder / "lookup.lmdb").unlink()
    assert verify_release(tmp_path, release.id) == [
        "lookup.lmdb: missing",
        "note.txt: not in the manifest",
        "tables/pay.parquet: changed",
    ]


def test_verify_sees_a_manifest_that_was_made_to_fit(tmp_path: Path) -> None:
    release = published(tmp_path, 1.0)
    manifest = release.folder / "manifest.json"
    manifest.chmod(0o644)
    manifest.write_text(manifest.read_text().replace(release.sealed.content, "0" * 64))
    assert verify_release(tmp_path, release.id) == ["manifest.json: its hashes are not those of this release"]


@pytest.mark.parametrize("name", ["../secrets", ".building-1", "nothing"])
def test_only_ids_are_opened(tmp_path: Path, name: str) -> None:
    published(tmp_path, 1.0)
    with pytest.raises(BadInput):
        open_release(tmp_path, name)


def test_a_release_of_another_format_is_told_and_published_again(tmp_path: Path) -> None:
    old = published(tmp_path, 1.0)
    manifest = old.folder / "manifest.json"
    manifest.chmod(0o644)
    manifest.write_text(manifest.read_text().replace('"format": 2', '"format": 1'))
    with pytest.raises(Permanent, match="publish it again"):
        _ = open_release(tmp_path, old.id).lookup
    assert published(tmp_path, 1.0).id != old.id


def test_a_damaged_pointer_is_told(tmp_path: Path) -> None:
    published(tmp_path, 1.0)
    (tmp_path / "current").write_text("{")
    with pytest.raises(Permanent, match="releases use"):
        current_id(tmp_path)


# Publishes once for each call that changes the disk, and dies by SIGKILL just before that call. The children are forked
# before polars has started its threads.
DYING = """
import os, sys
from pathlib import Path
import polars
from kit.releases import publish
import kit.lookup, orjson, lmdb

root, count = Path(sys.argv[1]), 0

def dying(at):
    for name in ("fsync", "rename", "replace", "chmod", "mkdir", "open", "unlink"):
        def wrapped(*args, real=getattr(os, name), **more):
            global count
            count += 1
            if count == at:
                os.kill(os.getpid(), 9)
            return real(*args, **more)
        setattr(os, name, wrapped)
    frame = polars.DataFrame({"place": ["p0", "p1"], "median": [5.0, 6.0]})
    publish(root / str(at), {"pay": frame}, keys={"pay": ["place"]})

at, died = 0, True
while died:
    at += 1
    child = os.fork()
    if not child:
        dying(at)
        os._exit(0)
    died = os.waitpid(child, 0)[1] == 9
print(at)
"""


def test_a_writer_killed_at_any_step_leaves_what_was_and_the_next_one_finishes(tmp_path: Path) -> None:
    before = {at: published(tmp_path / str(at), 1.0).id for at in range(1, 61)}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", DYING, str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
        cwd=Path(__file__).parents[2],
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
    )
    survivor = int(done.stdout)
    assert 15 < survivor < 60, "the steps of a publish were not found"
    reference = current_release(tmp_path / str(survivor))
    assert reference is not None
    for at in range(1, survivor):
        root = tmp_path / str(at)
        found = current_release(root)
        assert found is not None
        assert found.id == before[at] or found.sealed.content == reference.sealed.content
        assert all(verify_release(root, release.id) == [] for release in list_releases(root))
        publish(root, pay(5.0, 6.0), keys=KEYS)
        again = current_release(root)
        assert again is not None
        assert again.sealed.content == reference.sealed.content
        assert len(list_releases(root)) == 2
        assert sorted(path.name for path in root.iterdir() if path.name.startswith(".")) == [".writer.lock"]
