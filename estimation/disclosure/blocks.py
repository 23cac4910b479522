"""Confidential observations divided into blocks, which no figure ever cuts.

A block is a group that passes the disclosure rule. Every published cell holds whole blocks, so that whatever is added
and subtracted, along any axes and between any releases, ends at sums of whole blocks, and each of these passes it.

Whole groups are divided along one axis after another. Parts that pass stand alone; the others stay together, and where
these do not pass together, the smallest of those that do join them. That is complementary suppression: a part that
passes by itself is withheld for the sake of its neighbour.
"""

import numpy as np

from estimation.disclosure.rule import Flags, judge
from estimation.quantiles import Floats, Ints

AXES = (  # what a block is divided by, in this order: pay differs most by occupation
    "occupation_major",
    "occupation_minor",
    "occupation_broad",
    "occupation_detailed",
    "place_region",
    "year",  # before cities: else a calendar year would hold next to nothing of what lies across its ends
    "place_metro",
    "place_city",
    "dimension_seniority",
    "dimension_experience",
    "dimension_company_size",
    "dimension_industry",
    "quarter",  # so that not all of a block's rows leave the trailing window with the oldest
)


def divide(groups: Ints, axes: list[Ints], contributor: Ints, pay: Floats) -> Ints:
    """The block of each row, from 0 on, -1 for rows that can be in none.

    `groups` are never joined; `axes` hold a code for each row, -1 where it is not known. A group that does not pass the
    rule as a whole is divided all the same; what is left over of it is in no block. Rows in any order give the same
    blocks, numbered by their first rows.
    """
    block = np.unique(groups, return_inverse=True)[1].ravel().astype(np.int64)
    passes = judge(block, contributor, pay, int(block.max(initial=-1)) + 1).safe
    for code in axes:
        block, passes = _divided(block, passes, code, contributor, pay)
    kept = np.flatnonzero(passes[block]) if len(block) else block
    found = np.full(len(block), -1, dtype=np.int64)
    _, first, number = np.unique(block[kept], return_index=True, return_inverse=True)
    place = np.empty(len(first), dtype=np.int64)
    place[np.argsort(first)] = np.arange(len(first))
    found[kept] = place[number.ravel()]
    return found


def _divided(block: Ints, passes: Flags, code: Ints, contributor: Ints, pay: Floats) -> tuple[Ints, Flags]:
    """Blocks divided by one axis, and which of the new ones pass the rule."""
    base = int(code.max(initial=0)) + 2
    pieces, piece = np.unique(block * base + code + 1, return_inverse=True)
    piece = piece.ravel()
    above, known = pieces // base, pieces % base > 0
    judged = judge(piece, contributor, pay, len(pieces))
    alone = judged.safe & known
    smallest = np.lexsort((np.arange(len(pieces)), judged.observations, judged.contributors, above))
    joining = 1
    while (left := _left_unsafe(block, alone[piece], passes, contributor, pay)).any():
        candidates = smallest[alone[smallest] & left[above[smallest]]]
        of_block = above[candidates]
        rank = np.arange(len(of_block)) - np.searchsorted(of_block, of_block)
        alone[candidates[rank < joining]] = False
        joining *= 2  # few rounds, whatever the number of parts
    n_blocks = len(passes)
    new, place = np.unique(np.where(alone[piece], n_blocks + piece, block), return_inverse=True)
    place = place.ravel()
    return place, judge(place, contributor, pay, len(new)).safe


def _left_unsafe(block: Ints, alone: Flags, passes: Flags, contributor: Ints, pay: Floats) -> Flags:
    """The blocks that passed as a whole and whose rows that do not stand alone do not pass together."""
    rest = np.flatnonzero(~alone)
    left = judge(block[rest], contributor[rest], pay[rest], len(passes))
    return np.asarray(passes & (left.observations > 0) & ~left.safe)
