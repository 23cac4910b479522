"""SOC 2018 codes: their levels, their groups, and how codes of other schemes map to them."""

import csv
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from normalisation.schema import OCCUPATION_LEVELS

_CODE = re.compile(r"\d\d-\d{4}")
# The three major groups whose minor groups do not end in 000 although their detailed codes begin so.
_MINORS = {"15-1": "15-1200", "31-1": "31-1100", "51-5": "51-5100"}
_HERE = Path(__file__).parent
# Codes of SOC 2010 that 2018 split into parts which fill no group of their own.
_PARTS_OF_2010 = {"15-1199": ("15-1243", "15-1253", "15-1255", "15-1299")}
# Occupations that SOC 2018 was the first to tell apart: no code of 2010 means them.
NEW_IN_2018 = frozenset(
    {
        "11-9072", "11-9179", "13-1082", "13-2054", "15-2051", "17-3028", "25-3031", "25-3041", "27-2091", "27-4015",
        "29-2036", "29-9021", "29-9093", "33-1091", "33-9094", "39-1014", "39-4012", "53-6032",
    }
)  # fmt: skip


def level_of(code: str) -> str:
    """detailed, broad, minor or major, by the zeros at the end of a SOC code."""
    if code.endswith("-0000"):
        return "major"
    if code.endswith("00"):
        return "minor"
    return "broad" if code.endswith("0") else "detailed"


def group_of(code: str, level: str) -> str:
    """The group of a code at a level at least as wide as its own: ("15-1252", "minor") gives "15-1200"."""
    if level == "detailed" or level == level_of(code):
        return code
    if level == "broad":
        return code[:6] + "0"
    if level == "minor":
        return _MINORS.get(code[:4], code[:4] + "000")
    return code[:3] + "0000"


@cache
def _table(name: str) -> dict[str, str]:
    with (_HERE / name).open(encoding="utf-8", newline="") as handle:
        return {row["code"]: row["soc2018"] for row in csv.DictReader(handle)}


def to_soc2018(coded: str | None) -> str | None:
    """The SOC 2018 code of a "scheme:code" as sources give it; None when the scheme or the code has no map.

    Known schemes: soc2018, soc (taken as 2018), soc2010, onet (2019 and later), opm. A code that 2018 split maps to the
    narrowest group that holds all its parts. Filings of the years about 2010 still use codes of SOC 2000: those that
    2010 did away with are mapped too.
    """
    scheme, _, code = (coded or "").strip().lower().partition(":")
    code = code.strip()
    if scheme == "opm":
        return _table("opm_series.csv").get(code.zfill(4))
    match = _CODE.match(code)
    if match is None:
        return None
    if scheme in ("soc2018", "soc", "onet"):
        return match.group()
    if scheme == "soc2010":
        return _table("soc2010.csv").get(match.group(), match.group())
    return None


def parts_of_soc2010(code: str, codes: Iterable[str]) -> tuple[str, ...]:
    """Those of `codes` (SOC 2018, detailed) that a SOC 2010 code may mean; () where it has no map."""
    if (mapped := to_soc2018(f"soc2010:{code}")) is None:
        return ()
    parts = _PARTS_OF_2010.get(code[:7])
    return tuple(one for one in codes if (one in parts if parts else is_within(one, mapped)))


def is_within(code: str, group: str) -> bool:
    """Whether a code is a group's or is it."""
    return level_rank(code) <= level_rank(group) and group_of(code, level_of(group)) == group


def level_rank(code: str) -> int:
    """0 for a detailed code to 3 for a major group."""
    return OCCUPATION_LEVELS.index(level_of(code))
