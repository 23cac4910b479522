"""Hand-made cases of what makes two openings of one text, and one opening of two: places, dates, numbers, pay, rank.

Each case is a few postings of an employer of its own, and which of them are one opening.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import combinations
from typing import Any

import polars as pl

from accuracy.scores import Score, at_least, share
from accuracy.sets import Sets
from accuracy.streams import clustered, write_rows
from kit.store import Store

DAY = date(2026, 3, 2)
TEXT = (
    "{employer} looks for a colleague who keeps our line of packing machines running through two shifts. You read "
    "drawings, find faults in drives and sensors, order spare parts and plan the maintenance of each week with the "
    "foreman. You have finished training in a metal or electrical trade and three years of practice with conveyors, "
    "and you write short reports that the next shift understands. We offer a permanent contract, thirty days of "
    "leave, a canteen and paid courses every year. Send us your papers with the day on which you could begin."
)


@dataclass(frozen=True)
class Ad:
    """One posting of a case: `opening` tells those that are one opening; `shown` are days after the first."""

    opening: str
    place: str | list[str] | None = "Austin, TX"
    board: str = "a"
    shown: tuple[int, ...] = (0,)
    title: str = "Maintenance Technician"
    more: dict[str, Any] = field(default_factory=dict)


def _pay(low: int, high: int) -> dict[str, Any]:
    return {"pay_min": low, "pay_max": high, "pay_currency": "USD", "pay_period": "year"}


PLACES = {
    "one template in two cities": (Ad("x"), Ad("y", "Dallas, TX")),
    "one template in two states": (Ad("x", "Portland, OR"), Ad("y", "Portland, ME")),
    "one template in two countries": (Ad("x", "Birmingham, UK"), Ad("y", "Birmingham, AL")),
    "a template on two boards": (Ad("x"), Ad("y", "Dallas, TX"), Ad("x", board="b"), Ad("y", "Dallas, TX", "b")),
    "a place written in two ways": (Ad("x", "New York, NY"), Ad("x", "New York City", "b")),
    "a place with and without its country": (Ad("x", "Leeds, England, United Kingdom"), Ad("x", "Leeds, UK", "b")),
    "the country alone": (Ad("x"), Ad("x", "United States", "b")),
    "the state alone": (Ad("x"), Ad("x", "Texas", "b")),
    "another state alone": (Ad("x"), Ad("y", "Ohio", "b")),
    "the country alone beside two cities": (Ad("x"), Ad("y", "Dallas, TX"), Ad("z", "United States", "b")),
    "no place": (Ad("x"), Ad("x", None, "b")),
    "several places of which one is the same": (Ad("x", ["Austin, TX", "Reno, NV"]), Ad("x", board="b")),
    "several places, all others": (Ad("x", ["Austin, TX", "Reno, NV"]), Ad("y", "Dallas, TX", "b")),
    "the place in the title": (Ad("x"), Ad("x", board="b", title="Maintenance Technician - Austin, TX")),
    "remote in one country": (Ad("x", "Remote - US"), Ad("x", "United States (Remote)", "b")),
    "remote in two countries": (Ad("x", "Remote - US"), Ad("y", "Remote - Canada", "b")),
}
WINDOW = {
    "put up again after three weeks": (Ad("x"), Ad("x", shown=(21,))),
    "put up again after eight weeks": (Ad("x"), Ad("x", shown=(56,))),
    "put up again after nine weeks": (Ad("x"), Ad("y", shown=(63,))),
    "put up again after a year": (Ad("x"), Ad("y", shown=(365,))),
    "seen until shortly before": (Ad("x", shown=(0, 40, 80)), Ad("x", shown=(120,))),
    "one after the other, each within the window": (Ad("x"), Ad("x", shown=(50,)), Ad("x", shown=(100,))),
    "on another board after three days": (Ad("x"), Ad("x", board="b", shown=(3,))),
    "on another board after a season": (Ad("x"), Ad("y", board="b", shown=(90,))),
    "the same id after a season": tuple(
        Ad("x", board=board, shown=(day,), more={"ats_id": "lever:cases-1"}) for board, day in (("a", 0), ("b", 90))
    ),
}
EVIDENCE = {
    "two requisitions": tuple(Ad(n, more={"requisition_id": f"R-10000{n}"}) for n in "12"),
    "two requisitions on two boards": tuple(
        Ad(n, board=board, more={"requisition_id": f"R-10000{n}"}) for n, board in (("1", "a"), ("2", "b"), ("1", "b"))
    ),
    "a requisition in a link": (
        Ad("1", more={"requisition_id": "R-100001"}),
        Ad("2", board="b", more={"url": "https://acme.wd5.myworkdayjobs.com/x/job/Austin/Technician_R100002"}),
    ),
    "two ids of a system at once": tuple(Ad(n, more={"ats_id": f"greenhouse:50000{n}"}) for n in "12"),
    "two ids of a system, one after the other": (
        Ad("1", more={"ats_id": "greenhouse:500003"}),
        Ad("1", shown=(20,), more={"ats_id": "greenhouse:500004"}),
    ),
    "an id and a link with it": (
        Ad("1", more={"ats_id": "greenhouse:500005"}),
        Ad("1", None, "b", title="Technician", more={"url": "https://boards.greenhouse.io/acme/jobs/500005"}),
    ),
    "pay far apart": (Ad("x", more=_pay(50_000, 55_000)), Ad("y", board="b", more=_pay(70_000, 80_000))),
    "pay within pay": (Ad("x", more=_pay(50_000, 60_000)), Ad("x", board="b", more=_pay(52_000, 58_000))),
    "another rank": (Ad("x"), Ad("y", board="b", title="Senior Maintenance Technician")),
    "noise in the title": (Ad("x"), Ad("x", board="b", title="MAINTENANCE TECHNICIAN (Full Time)")),
}


def hand_made(_: Sets, new_store: Callable[[], Store]) -> list[Score]:
    """The share of pairs in the cases that are judged rightly, by what the case is about."""
    store = new_store()
    kinds = {"cases_of_places": PLACES, "cases_of_the_repost_window": WINDOW, "cases_of_other_evidence": EVIDENCE}
    cases = {(kind, name): ads for kind, of in kinds.items() for name, ads in of.items()}
    _write(store, list(cases.values()))
    found = dict(clustered(store).select("source_posting_id", "opening_id").iter_rows())
    scores = []
    for kind in kinds:
        wrong, asked = [], 0
        for number, ((of, name), ads) in enumerate(cases.items()):
            for one, other in combinations(range(len(ads)), 2) if of == kind else ():
                asked += 1
                joined = found[f"{number}-{one}"] == found[f"{number}-{other}"]
                if joined != (ads[one].opening == ads[other].opening):
                    wrong.append(f"{name}: {one} and {other} {'joined' if joined else 'apart'}")
        scores.append(share(kind, asked - len(wrong), asked, at_least(0.98), wrong))
    return scores


def _write(store: Store, cases: list[tuple[Ad, ...]]) -> None:
    """Every ad on each day on which it was shown, as rows of its board."""
    days: dict[tuple[str, date], list[dict[str, Any]]] = {}
    for number, ads in enumerate(cases):
        employer = f"Packing Works {number}"
        for place, ad in enumerate(ads):
            said = [ad.place] if isinstance(ad.place, str) else ad.place or []
            row = {"source_posting_id": f"{number}-{place}", "title": ad.title, "employer": employer, "places": said}
            row |= {"description": TEXT.format(employer=employer)} | ad.more
            for shown in ad.shown:
                days.setdefault((f"board_{ad.board}", DAY + timedelta(shown)), []).append(row)
    for (board, day), rows in days.items():
        write_rows(store, board, day, pl.DataFrame(rows, infer_schema_length=None))
