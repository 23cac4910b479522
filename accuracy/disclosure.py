"""Attacks on what the pipeline makes of simulated contributed pay: nothing withheld may be computed from it.

Three releases of each market go through the functions of the pipeline. The attacker knows which cells exist, which rows
are in the figures, and for every cell that any release could publish the exact count and the exact total of pay: more
than is published, where counts and amounts are rounded and the quality rule withholds more. Tried is, for every group
of rows that the disclosure rule forbids (a cell, what came or went in a cell between two releases, a contributor):

- algebra: any sums and differences of one release's cells, over all hierarchies and overlaps;
- releases: the same with the cells of all three releases together;
- bounds: linear programmes for the least and the most that a group's count and total can be, pay of a person lying
  between a fifth and five times the market's mean; a group falls when both ends are within a tenth of the truth;
- weights: whether a cell that may not answer says anything that its parent does not say.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from accuracy.contributed_markets import Snapshot, contributions, snapshots
from accuracy.scores import Score, Scored, at_most
from accuracy.sets import Sets
from estimation.disclosure.confidential import COUNTS, KEYS, whole_blocks, with_confidential
from estimation.disclosure.contributions import counted, take_up
from estimation.disclosure.rule import judge
from estimation.pay.cells import pay_cells
from estimation.pay.encoding import code, encode
from estimation.pay.grouping import group
from estimation.pay.lattice import GROUPINGS
from estimation.pay.pooling import keys_of
from estimation.quantiles import Floats, Ints
from estimation.schema import PARENT, PAY_OBSERVATIONS, TAKEN_UP
from estimation.windows import periods

SEED = 20260701
WITHIN = 0.10  # of the truth: a bound so close is as good as the figure
NEAR = 1e-6
BOUNDED = 12  # groups of a market that linear programmes are set on

Sets01 = npt.NDArray[np.bool_]  # groups of rows: one line a group, one column a row


@dataclass
class Tally:
    """What was attacked and what fell, attack by attack."""

    tried: int = 0
    fell: int = 0

    def add(self, tried: int, fell: int) -> None:
        self.tried += tried
        self.fell += fell

    def score(self, measure: str, note: str = "") -> Score:
        return Score(measure, float(self.fell), at_most(0.0), self.tried, note=note)


@dataclass(frozen=True)
class Market:
    """Every row that any release has, with the cells of each release: all, and those that hold whole blocks."""

    contributor: Ints
    pay: Floats
    cells: list[Sets01]
    known: list[Sets01]

    def safe(self, groups: Sets01) -> npt.NDArray[np.bool_]:
        """Whether each group passes the disclosure rule."""
        of, row = np.nonzero(groups)
        return judge(of, self.contributor[row], self.pay[row], len(groups)).safe


def score(sets: Sets) -> Scored:
    """Groups recovered by each attack, over simulated markets; the goal is none."""
    tallies = {name: Tally() for name in ("algebra", "releases", "bounds", "unprotected")}
    published, passing = 0, 0
    for number in range(max(sets.markets // 200, 1)):
        market = observed(snapshots(SEED + number))
        forbidden = [_forbidden(market, cells) for cells in market.cells]
        for known, targets, cells in zip(market.known, forbidden, market.cells, strict=True):
            tallies["algebra"].add(*algebra(known, targets))
            alone = cells[market.safe(cells)]
            tallies["unprotected"].add(*algebra(alone, targets))
            published, passing = published + len(known), passing + len(alone)
        everything = np.concatenate(market.known)
        between = np.concatenate([*forbidden, _changes(market), _people(market)])
        tallies["releases"].add(*algebra(everything, between))
        rng = np.random.default_rng(SEED + number)
        tallies["bounds"].add(*bounds(market, everything, between[rng.permutation(len(between))[:BOUNDED]]))
    tallies["weights"] = weights(SEED)
    note = (
        f"of {passing} cells that pass alone {published} can be published; "
        f"else algebra gives {tallies['unprotected'].fell} groups away"
    )
    attacks = {"algebra": note, "releases": "", "bounds": "", "weights": ""}
    return Scored([tallies[name].score(f"recovered_by_{name}", told) for name, told in attacks.items()])


def observed(releases: list[Snapshot]) -> Market:
    """The releases as the pipeline makes them, each from the rows that the one before took up."""
    inside = pl.DataFrame(schema=dict(TAKEN_UP))
    known, cells, stated = [], [], []
    for release in releases:
        inside = take_up(release.confidential, release.countries, inside)
        rows = counted(release.confidential, inside)
        known.append(list(_cells(rows, release.countries)))
        unblocked = release.confidential.with_columns(block=pl.lit(None, pl.Int64))
        cells.append(list(_cells(unblocked, release.countries)))
        stated += [rows, unblocked]
    # A row counts with what it stated first: a group of rows is attacked, whatever it states by now.
    every = pl.concat([frame.select(PAY_OBSERVATIONS.keys()) for frame in stated])
    every = every.unique("observation_id", keep="first", maintain_order=True)
    place = {identity: index for index, identity in enumerate(every["observation_id"].cast(pl.String))}
    who = every.select(who=pl.coalesce(pl.format("person {}", "contributor_id"), "employer_key"))["who"]
    sets = [[_matrix(each, place) for each in group] for group in (cells, known)]
    return Market(code(who)[0].astype(np.int64), every["pay_annual"].to_numpy(), *sets)


def _cells(rows: pl.DataFrame, countries: pl.DataFrame) -> Iterator[list[str]]:
    """The rows of each cell of the lattice, by the functions that the estimate of pay cells uses."""
    coded = whole_blocks(encode(rows.lazy(), countries.lazy(), periods, ("block", "observation_id")))
    for grouping in GROUPINGS:
        groups = group(coded, list(keys_of(grouping)))
        names = coded.values["observation_id"].gather(coded.codes["observation_id"][groups.rows]).to_list()
        yield from (names[start : start + size] for start, size in zip(groups.starts, groups.sizes, strict=True))


def _matrix(groups: list[list[str]], place: dict[str, int]) -> Sets01:
    found = np.zeros((len(groups), len(place)), dtype=bool)
    for line, names in enumerate(groups):
        found[line, [place[name] for name in names]] = True
    return np.unique(found, axis=0) if len(found) else found


def _forbidden(market: Market, groups: Sets01) -> Sets01:
    """The groups with rows that do not pass the rule."""
    found = np.unique(groups[groups.any(axis=1)], axis=0)
    return found[~market.safe(found)]


def _changes(market: Market) -> Sets01:
    """What came and what went between a release's cells and those of the release before, where that is forbidden."""
    found = []
    for before, after in zip(market.cells, market.cells[1:], strict=False):
        new, gone = after.any(axis=0) & ~before.any(axis=0), before.any(axis=0) & ~after.any(axis=0)
        found += [after & new, before & gone]
    return _forbidden(market, np.concatenate(found))


def _people(market: Market) -> Sets01:
    """Each contributor's rows."""
    return np.unique(market.contributor)[:, None] == market.contributor


def algebra(known: Sets01, targets: Sets01) -> tuple[int, int]:
    """Groups, and those of them that some linear combination of the known ones gives."""
    if not len(known) or not len(targets):
        return len(targets), 0
    atoms, of_row = np.unique(known, axis=1, return_inverse=True)
    sums = np.zeros((atoms.shape[1], len(targets)))
    np.add.at(sums, of_row.ravel(), targets.T.astype(float))
    size = np.bincount(of_row.ravel(), minlength=atoms.shape[1])[:, None]
    whole = ((sums == 0) | (sums == size)).all(axis=0)  # others cannot be told apart from other rows at all
    wanted = (sums / size)[:, whole]
    combined = np.linalg.lstsq(atoms.T.astype(float), wanted, rcond=None)[0]
    left = np.abs(atoms.T @ combined - wanted).max(axis=0, initial=0.0) if whole.any() else np.zeros(0)
    return len(targets), int((left < NEAR).sum())


def bounds(market: Market, known: Sets01, targets: Sets01) -> tuple[int, int]:
    """Groups that were attacked, and those whose count or total is bounded as closely as a figure."""
    return len(targets), sum(_falls(market, known, target) for target in targets)


def _falls(market: Market, known: Sets01, target: npt.NDArray[np.bool_]) -> bool:
    """Whether linear programmes bound the target's count or total within a tenth of the truth."""
    from scipy.optimize import linprog

    atoms, of_row = np.unique(np.vstack([known, target]), axis=1, return_inverse=True)
    lines, wanted, n = np.unique(atoms[:-1], axis=0).astype(float), atoms[-1].astype(float), atoms.shape[1]
    count = np.bincount(of_row.ravel(), minlength=n).astype(float)
    total = np.bincount(
        of_row.ravel(), market.pay / market.pay.mean(), n
    )  # in means, so that both halves are of one size
    equal = np.block([[lines, np.zeros_like(lines)], [np.zeros_like(lines), lines]])
    limits = np.block([[0.2 * np.eye(n), -np.eye(n)], [-5.0 * np.eye(n), np.eye(n)]])
    for objective, truth in (
        (np.r_[wanted, np.zeros(n)], wanted @ count),
        (np.r_[np.zeros(n), wanted], wanted @ total),
    ):
        ends = []
        for sign in (1.0, -1.0):
            given = np.r_[lines @ count, lines @ total]
            found = linprog(sign * objective, limits, np.zeros(2 * n), equal, given, (0, None), method="highs")
            ends.append(sign * found.fun if found.success else -sign * np.inf)
        if ends[0] > (1 - WITHIN) * truth and ends[1] < (1 + WITHIN) * truth:
            return True
    return False


def weights(seed: int) -> Tally:
    """Cells that their parents answer for, and those of them that say anything else than these."""
    rng = np.random.default_rng([seed, 17])
    release = snapshots(seed)[0]
    day = release.countries["last_captured_on"][0]
    public = contributions(rng, 150, day, 90_000, source="public")
    inside = take_up(release.confidential, release.countries, pl.DataFrame(schema=dict(TAKEN_UP)))
    cells = with_confidential(
        pay_cells(public, release.countries), public, release.confidential, release.countries, inside
    )
    told = cells.filter(pl.col("level") == "parent")
    market = ["period", "basis", "country"]
    same = [*COUNTS, "mean", "p50", "p50_low", "p50_high", "p5", "p95", "sources", "method", "p50_usd"]
    above = cells.filter(pl.col("level") != "parent").select(
        *KEYS, *(pl.col(name).alias(f"above_{name}") for name in same)
    )
    pairs = told.join(
        above, left_on=[*market, *(f"parent_{n}" for n in PARENT)], right_on=[*market, *PARENT], how="left"
    )
    agrees = [pl.col(name).eq_missing(pl.col(f"above_{name}")) for name in same]
    silent = pairs.filter(pl.all_horizontal(*agrees, pl.col("own_weight") == 0.0))
    return Tally(told.height, told.height - silent.height)
