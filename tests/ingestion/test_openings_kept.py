"""Clustering day by day: what is kept of the days before, and that the way there never matters."""

import random
import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from ingestion.openings import cluster, clustering, comparing
from kit.frames import write_frame
from kit.store import Store
from tests.ingestion.advertised import DAY, clusters, edited, posting, prose, write


def test_second_run_without_news_touches_nothing(tmp_path: Path) -> None:
    store = Store(tmp_path)
    write(store, [posting("1", text=prose(1)), posting("2", source="board_b", text=prose(1))])
    cluster(store)
    stamp = (store.openings / "members.parquet").stat().st_mtime_ns
    report = cluster(store)
    assert (report.changed, report.rescored, report.openings) == (0, 0, 1)
    assert (store.openings / "members.parquet").stat().st_mtime_ns == stamp


def test_only_touched_blocks_are_compared_again(tmp_path: Path) -> None:
    store = Store(tmp_path)
    write(store, market(seed=5, openings=60, days=1))
    cluster(store)
    write(store, [posting("new", text=prose("new"), employer_key="newcomer", captured_on=DAY + timedelta(1))])
    assert cluster(store).rescored == 0


def market(seed: int, openings: int, days: int) -> list[dict[str, Any]]:
    """Openings on three boards: copies, edits, vague copies, templates in several cities, new captures of old ads."""
    rng = random.Random(seed)
    rows = []
    for number in range(openings):
        employer = rng.choice(["acme", "globex", "initech", None])
        text = prose((seed, number // 3))  # three openings from one template
        city = rng.choice(["us/ny/new-york", "us/ma/boston", "us/wa/seattle"])
        title = rng.choice(["data engineer", "senior data engineer", "data engineer platform", "nurse"])
        for board in rng.sample(["board_a", "board_b", "board_c"], rng.randint(1, 3)):
            fields = {
                "employer_key": employer,
                "title_key": title,
                "text": edited(text, (seed, number, board)),
                "source": board,
            }
            fields["places"] = rng.choice([[city], [city], ["us"], [], [city, "us/tx/austin"]])
            fields["requisition_id"] = rng.choice([None, f"R-{number}", f"R{10_000 + number}"])
            fields["ats_id"] = rng.choice([None, None, f"greenhouse:{number}"])
            first = rng.randrange(days)
            for day in range(first, min(days, first + rng.randint(1, 3))):
                if rng.random() < 0.1:
                    fields["title_key"] = "renamed engineer"
                rows.append(posting(str(number), **fields, captured_on=DAY + timedelta(40 * day)))
    return rows


def crowd(seed: int, size: int) -> list[dict[str, Any]]:
    """Ads of one employer in one place from three templates or without a text: blocks larger than what is compared."""
    rng = random.Random(seed)
    rows = []
    for number in range(size):
        source, pay = rng.choice(["board_a", "board_b", "board_c"]), rng.choice([40_000.0, 50_000.0, 60_000.0])
        fields: dict[str, Any] = {"source": source, "captured_on": DAY + timedelta(rng.randrange(4))}
        if rng.random() < 0.3:
            fields |= {"title_key": f"welder {number % 7}", "pay_annual_min": pay, "pay_annual_max": pay + 1_000}
        else:
            fields |= {"text": edited(prose((seed, number % 3)), (seed, number))}
            fields |= {"requisition_id": rng.choice([None, None, f"R-{number % 9}", f"R{10_000 + number % 9}"])}
        rows.append(posting(str(number), **fields))
    return rows


@pytest.mark.parametrize("few", [comparing.FEW, 0])
@pytest.mark.parametrize("seed", range(12))
def test_step_by_step_gives_what_all_at_once_gives(
    tmp_path: Path, seed: int, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comparing, "FEW", few)
    rng = random.Random(seed)
    rows = [market(seed, 60, days=4), market(seed, 150, days=4), crowd(seed, 200)][seed % 3]
    steps = Store(tmp_path / "steps")
    partitions = sorted({(row["source"], row["captured_on"]) for row in rows})
    rng.shuffle(partitions)
    for partition in partitions:
        part = [row for row in rows if (row["source"], row["captured_on"]) == partition]
        if rng.random() < 0.4:  # first as it was seen too early: some rows missing, or some too many
            early = part[::2] if rng.random() < 0.5 else part
            extra = [part[n % len(part)] | {"posting_id": n} for n in range(3)]  # withdrawn later
            write(steps, [*early, *extra])
            cluster(steps)
        rng.shuffle(part)
        write(steps, part)
        if rng.random() < 0.7:
            cluster(steps)
    whole = Store(tmp_path / "whole")
    write(whole, rows)
    assert clusters(steps) == clusters(whole)
    assert edges(steps) == edges(whole)


def test_an_ad_that_goes_brings_others_into_reach(tmp_path: Path) -> None:
    rows = crowd(seed=1, size=200)
    steps, whole = Store(tmp_path / "steps"), Store(tmp_path / "whole")
    write(steps, [*rows, *(row | {"posting_id": n} for n, row in enumerate(rows[::5]))])
    cluster(steps)
    for store in (steps, whole):
        write(store, rows)
        cluster(store)
    assert edges(steps) == edges(whole)


def edges(store: Store) -> set[tuple[Any, ...]]:
    """What the clusters rest on; where the ways differ there, some other ads would make the clusters differ."""
    return set(state_of(store, "edges").iter_rows())


def state_of(store: Store, name: str) -> pl.DataFrame:
    return pl.read_parquet(store.openings / "state" / f"{name}.parquet")


def test_torn_state_is_built_again(tmp_path: Path) -> None:
    store = Store(tmp_path)
    rows = market(3, openings=40, days=2)
    write(store, rows)
    before = clusters(store)
    torn = store.openings / "state" / "edges.parquet"
    write_frame(pl.read_parquet(torn).clear(), torn, "another run")
    (store.openings / "members.parquet").unlink()
    assert clusters(store) == before


def test_state_of_other_rules_is_built_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(tmp_path)
    rows = market(3, openings=40, days=2)
    write(store, rows)
    before = clusters(store)
    monkeypatch.setattr(clustering, "VERSION", clustering.VERSION[:-1])  # begins like the other
    assert cluster(store).changed == len({row["posting_id"] for row in rows})
    assert clusters(store) == before


@pytest.mark.parametrize("name", ["captures", "known", "blocks", "edges", "recent", "gone"])
def test_damaged_state_is_built_again(tmp_path: Path, name: str) -> None:
    store = Store(tmp_path)
    write(store, market(3, openings=40, days=2))
    before = clusters(store)
    damaged = store.openings / "state" / f"{name}.parquet"
    damaged.write_bytes(damaged.read_bytes()[:-20])
    write(store, [posting("new", text=prose("new"), captured_on=DAY + timedelta(200))])
    after = clusters(store)
    assert len(after) == len(before) + 1
    assert before.items() <= after.items()


def test_nothing_is_kept_of_a_source_that_went(tmp_path: Path) -> None:
    store = Store(tmp_path)
    write(store, market(3, openings=40, days=2))
    cluster(store)
    shutil.rmtree(store.root / "normalised")
    assert clusters(store) == {}
    kept = list((store.openings / "state").iterdir())
    assert len(kept) == 6
    assert all(pl.read_parquet(path).is_empty() for path in kept)


def test_blocks_are_written_again_when_a_tenth_of_them_is_out_of_date(tmp_path: Path) -> None:
    store = Store(tmp_path)
    rows = [posting(str(n), text=prose(n)) for n in range(130)]
    other_text = posting("0", text=prose("edited"))
    held = []
    for now in (rows[:100], [other_text, *rows[1:102]], [other_text, *rows[1:103]], [other_text, *rows[1:]]):
        write(store, now)
        cluster(store)
        held.append([state_of(store, name)["posting_id"].n_unique() for name in ("known", "blocks", "recent", "gone")])
    assert held == [[100, 100, 0, 0], [102, 100, 3, 1], [103, 100, 4, 1], [130, 130, 0, 0]]


def test_a_source_that_may_move_no_figure_joins_nothing(tmp_path: Path) -> None:
    store, without = Store(tmp_path / "all"), Store(tmp_path / "without")
    rows = market(seed=6, openings=60, days=3)
    write(store, rows)
    write(without, [row for row in rows if row["source"] != "board_b"])
    cluster(store, {row["source"] for row in rows} - {"board_b"})
    cluster(without)
    found = [pl.read_parquet(each.openings / "members.parquet") for each in (store, without)]
    assert found[0].height < len({row["posting_id"] for row in rows})
    assert found[0].equals(found[1])
