"""SOC 2018 codes: their levels, their groups, and how codes of other schemes map to them."""

import csv
import re
from functools import cache
from pathlib import Path

_CODE = re.compile(r"\d\d-\d{4}")
# The three major groups whose minor groups do not end in 000 although their detailed codes begin so.
_MINORS = {"15-1": "15-1200", "31-1": "31-1100", "51-5": "51-5100"}
_HERE = Path(__file__).parent


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
