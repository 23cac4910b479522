"""What stands still in the market: occupations, places, employers, and the constants of its pay.

Everything here follows from the seed and the tables in `data/`; a market's days are drawn in `market.py`.
"""

from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

DATA = Path(__file__).parent / "data"
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

COUNTRIES = ("US", "GB", "DE", "CA", "IN")
CURRENCIES = ("USD", "GBP", "EUR", "CAD", "INR")
COUNTRY_SHARES = (0.58, 0.14, 0.09, 0.09, 0.10)
# log of (pay in the country's currency) over (pay in the US in dollars)
COUNTRY_LOG_PAY = (0.0, -0.70, -0.52, -0.02, 2.35)
# the share of openings that state their pay, whatever the pay is: what is stated is a fair sample of what is true
STATED_SHARES = (0.60, 0.60, 0.25, 0.50, 0.30)

SIZES = ("1-49", "50-249", "250-999", "1000-9999", "10000+")
SIZE_LOG_PAY = (-0.05, -0.02, 0.0, 0.03, 0.06)
EMPLOYERS_PER_COUNTRY = (900, 260, 170, 150, 170)
EMPLOYER_TAIL = 0.7  # an employer's weight is rank ** -tail
EMPLOYER_LOG_PAY_SD = 0.08
OPENING_LOG_PAY_SD = 0.15
MOST_HOMES = 8  # places in which an employer hires

# NAICS sector, as a board writes it, share of employers, second word of names, families of occupations it hires
SECTORS: tuple[tuple[str, str, float, str, str], ...] = (
    ("51", "Information", 0.12, "Systems Software Networks Media", "software data it design marketing sales"),
    (
        "54",
        "Professional, Scientific, and Technical Services",
        0.13,
        "Consulting Labs Partners Engineering",
        "software data it design engineering business legal lab finance office",
    ),
    (
        "52",
        "Finance and Insurance",
        0.10,
        "Bank Insurance Capital Credit",
        "software data it finance business sales office legal",
    ),
    (
        "62",
        "Health Care and Social Assistance",
        0.15,
        "Health Clinics Hospitals Care",
        "health care lab office business it",
    ),
    (
        "31-33",
        "Manufacturing",
        0.13,
        "Motors Tools Chemicals Components",
        "engineering production lab logistics finance it sales",
    ),
    (
        "44-45",
        "Retail Trade",
        0.11,
        "Markets Stores Outfitters Grocers",
        "retail logistics marketing office finance security",
    ),
    ("72", "Accommodation and Food Services", 0.08, "Kitchens Hotels Bakeries Cafes", "hospitality office security"),
    ("61", "Educational Services", 0.06, "Academy School College Learning", "education office it design hospitality"),
    ("23", "Construction", 0.06, "Builders Construction Electric Contracting", "trades engineering office logistics"),
    (
        "48-49",
        "Transportation and Warehousing",
        0.06,
        "Freight Logistics Haulage Storage",
        "logistics office production security data",
    ),
)
NAME_STARTS = (
    "Alder Ash Bram Cale Dun Elm Fair Glen Hal Hart Kest Lang Mar Nor Oak Pem Quill Raven Stan Thorn Under Wex Yar"
)
NAME_ENDS = "brook bury croft dale field ford gate ham hurst ley mere mont stead ton wick worth wood well haven ridge"
START, END = NAME_STARTS.split(), NAME_ENDS.split()
LEGAL_FORMS = (
    ("Inc.", "LLC", "Corp.", ""),
    ("Ltd", "plc", "Limited", ""),
    ("GmbH", "AG", "GmbH & Co. KG", ""),
    ("Inc.", "Ltd.", ""),
    ("Pvt. Ltd.", "Limited", ""),
)


def read_table(name: str) -> pl.DataFrame:
    """A table of `data/`: tab-separated, nothing quoted."""
    return pl.read_csv(DATA / f"{name}.tsv", separator="\t", quote_char=None, schema_overrides={"metro": pl.String})


@dataclass(frozen=True)
class Employers:
    """One entry an employer, in the order of their countries and, within one, of their weight."""

    names: tuple[str, ...]  # without legal form
    legal_forms: tuple[str, ...]
    country: Ints  # index into COUNTRIES
    sector: Ints  # index into SECTORS
    size: Ints  # index into SIZES
    log_pay: Floats
    homes: Ints  # employers x MOST_HOMES: indices into the places; repeats mean fewer homes


class World:
    """The tables of one seed, as arrays for drawing from."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.occupations = read_table("occupations")
        self.places = read_table("places")
        self.families: list[str] = sorted(self.occupations["family"].unique())
        self.family = self.occupations["family"].replace_strict(self.families, range(len(self.families))).to_numpy()
        self.family_of: list[int] = self.family.tolist()
        self.place_forms: list[list[str]] = [forms.split("|") for forms in self.places["forms"]]
        self.titles: list[list[str]] = [titles.split("|") for titles in self.occupations["titles"]]
        self.skills = [[named_share(skill) for skill in skills.split("|")] for skills in self.occupations["skills"]]
        self.hourly = (self.occupations["unit"] == "hour").to_numpy()
        self.remote = self.occupations["remote"].to_numpy() / 100
        self.log_pay = np.log(self.occupations["us_median"].to_numpy())
        self.pay_growth = self.occupations["yearly_pay"].to_numpy() / 100
        self.demand = self.occupations["weight"].to_numpy().astype(float)
        self.demand_growth = self.occupations["yearly_demand"].to_numpy() / 100
        manages = self.occupations["code"].str.starts_with("11-").to_numpy()
        self.ladder = np.where(manages, 2, self.hourly.astype(int))  # row of SENIORITY_SHARES
        self.place_log_pay = self.places["log_pay"].to_numpy()
        country = self.places["country"].replace_strict(COUNTRIES, range(len(COUNTRIES))).to_numpy()
        remote = (self.places["place_id"].str.len_chars() == 2).to_numpy()
        self.cities = [np.flatnonzero((country == index) & ~remote) for index in range(len(COUNTRIES))]
        self.remote_place = np.array([int(np.flatnonzero((country == i) & remote)[0]) for i in range(len(COUNTRIES))])

    @cached_property
    def employers(self) -> Employers:
        """Drawn once from the seed."""
        rng = np.random.default_rng([self.seed, 0])
        country = np.repeat(np.arange(len(COUNTRIES)), EMPLOYERS_PER_COUNTRY)
        count = len(country)
        sector = rng.choice(len(SECTORS), count, p=np.array([entry[2] for entry in SECTORS]))
        rank = np.concatenate([np.arange(n) / n for n in EMPLOYERS_PER_COUNTRY])
        size = np.clip(np.floor(5 - 5 * rank**0.6 + rng.normal(0, 0.7, count)), 0, 4).astype(int)
        names, forms = _names(rng, country, sector)
        return Employers(
            names,
            forms,
            country,
            sector,
            size,
            rng.normal(0, EMPLOYER_LOG_PAY_SD, count) + np.array(SIZE_LOG_PAY)[size],
            np.stack([self._homes(rng, int(c), int(s)) for c, s in zip(country, size, strict=True)]),
        )

    def _homes(self, rng: np.random.Generator, country: int, size: int) -> Ints:
        """The larger the employer, the more places it hires in: 1, 1, 2, 4 or 8, by the places' weights."""
        cities = self.cities[country]
        weight = self.places["weight"].to_numpy()[cities].astype(float)
        count = min((1, 1, 2, 4, 8)[size], len(cities))
        return np.resize(rng.choice(cities, count, replace=False, p=weight / weight.sum()), MOST_HOMES)

    @cached_property
    def hiring(self) -> tuple[Floats, Ints]:
        """For drawing an employer given (country, family): group g = country * families + family lies in (g, g + 1].

        Returns the rising upper ends and, at the same index, the employer.
        """
        ends, chosen = [], []
        weight = np.concatenate([np.arange(1, n + 1) ** -EMPLOYER_TAIL for n in EMPLOYERS_PER_COUNTRY])
        for country in range(len(COUNTRIES)):
            for family, name in enumerate(self.families):
                hires = np.array([name in entry[4].split() for entry in SECTORS])
                who = np.flatnonzero((self.employers.country == country) & hires[self.employers.sector])
                shares = np.cumsum(weight[who])
                ends.append(country * len(self.families) + family + shares / shares[-1])
                chosen.append(who)
        return np.concatenate(ends), np.concatenate(chosen)


def named_share(text: str) -> tuple[str, float]:
    """ "SQL 7" is the skill SQL in seven postings of ten."""
    name, tenths = text.rsplit(" ", 1)
    return name, int(tenths) / 10


def _names(rng: np.random.Generator, country: Ints, sector: Ints) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Names that no two employers share; several share their first word, as real ones do."""
    roots = [start + end for start in START for end in END]
    taken: set[str] = set()
    names, forms = [], []
    for land, branch in zip(country, sector, strict=True):
        seconds = SECTORS[branch][3].split()
        name = ""
        while not name or name in taken:
            name = f"{roots[rng.integers(len(roots))]} {seconds[rng.integers(len(seconds))]}"
        taken.add(name)
        names.append(name)
        choices = LEGAL_FORMS[land]
        forms.append(choices[rng.integers(len(choices))])
    return tuple(names), tuple(forms)


@lru_cache(maxsize=4)
def world(seed: int) -> World:
    """The world of a seed, made once a process."""
    return World(seed)
