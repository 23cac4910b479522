"""Which cells exist: the combinations of occupation, place and dimension that pay is published for.

Every observation is in one cell of each combination below for which it has a value (an observation known to the
minor group only is in no detailed cell; one whose place is a region is in no city). Cells without a split by an
extra dimension exist from one opening on: they say what is covered. Split cells exist from ten observations with pay
on: thinner ones could never be published, and the cell without the split says what there is.
"""

from dataclasses import dataclass

OCCUPATION_LEVELS = ("detailed", "broad", "minor", "major", "all")
PLACE_LEVELS = ("city", "metro", "region", "country")
DIMENSIONS = ("seniority", "experience", "company_size", "industry")

# One extra dimension at a time: for an occupation anywhere, for broader groups in a region or country.
SPLITS = (
    *(("detailed", place) for place in PLACE_LEVELS),
    *((occupation, place) for occupation in ("major", "all") for place in ("region", "country")),
)

# Years of experience asked for or had: from (inclusive) to (exclusive).
EXPERIENCE_BANDS = (("0-1", 0, 2), ("2-4", 2, 5), ("5-9", 5, 10), ("10+", 10, None))


@dataclass(frozen=True)
class Grouping:
    """One combination: cells differ in period, basis and the values of these."""

    occupation_level: str
    place_level: str
    dimension: str


GROUPINGS = tuple(
    Grouping(occupation, place, "all") for occupation in OCCUPATION_LEVELS for place in PLACE_LEVELS
) + tuple(Grouping(occupation, place, dimension) for dimension in DIMENSIONS for occupation, place in SPLITS)
TREND_GROUPINGS = tuple(
    Grouping(occupation, place, "all") for occupation in ("detailed", "major", "all") for place in ("region", "country")
)
