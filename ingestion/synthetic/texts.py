"""The words of a posting: its title, its description and its pay, from what is true of its opening.

Sentences come from `data/phrases.yaml`. All choices are drawn for a whole cohort at once; what is left for a
single posting is to join strings.
"""

from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from math import gcd
from typing import NamedTuple

import numpy as np
import yaml

from ingestion.synthetic.market import FORMS, SENIORITY, UNITS, Cohort, Row
from ingestion.synthetic.world import COUNTRIES, DATA, END, START, World

FIXED_BYTES = 760  # of a description without its duties, about
DUTY_BYTES = 62
REQUIRED_SHARE = 0.7  # of the skills a posting names, those it requires; the others are preferred
TITLE_FORMS: dict[str | None, tuple[str, ...]] = {
    None: ("{}",),
    "intern": ("{} Intern", "{} - Internship"),
    "entry": ("Junior {}", "Jr. {}", "Entry Level {}"),
    "senior": ("Senior {}", "Sr. {}", "Sr {}"),
    "staff": ("Staff {}", "Principal {}"),
    "manager": ("{}",),
    "director": ("Director of {}", "Director, {}"),
}
TECHNICAL = ("Engineer", "Developer", "Scientist", "Designer")
TYPO_SHARE, CAPITALS_SHARE = 0.02, 0.03


class Phrases:
    """The sentence pools, ready to index."""

    def __init__(self) -> None:
        loaded = yaml.safe_load((DATA / "phrases.yaml").read_text(encoding="utf-8"))
        order = np.random.default_rng(7)
        self.duties = {
            family: _shuffled(
                [f"{v} {o} {p}." for v, o, p in product(words["verbs"], words["objects"], loaded["purposes"])], order
            )
            for family, words in loaded["families"].items()
        }
        self.people = {family: words["people"] for family, words in loaded["families"].items()}
        size = len(next(iter(self.duties.values())))
        self.strides = [n for n in range(1, size // 2) if gcd(n, size) == 1]  # each walks a pool without repeating
        self.headings: dict[str, list[str]] = loaded["headings"]
        self.footers: dict[str, list[str]] = loaded["footers"]
        self.pools: dict[str, list[str]] = {name: value for name, value in loaded.items() if isinstance(value, list)}


def _shuffled(sentences: list[str], rng: np.random.Generator) -> list[str]:
    return [sentences[index] for index in rng.permutation(len(sentences))]


@lru_cache(maxsize=1)
def phrases() -> Phrases:
    """Read once a process."""
    return Phrases()


@dataclass(frozen=True)
class Choices:
    """What a cohort's texts say, drawn once; rows of siblings are their origin's."""

    words: list[list[int]]  # openings x 24 free choices
    skills: list[list[tuple[str, bool]]]  # named skills and whether each is required


def choices(cohort: Cohort) -> Choices:
    """The text choices of a cohort's openings, in their order."""
    rng = np.random.default_rng([*cohort.key, 2])
    words = rng.integers(0, 1 << 30, (cohort.size, 24))[cohort.origin]
    most = max(len(skills) for skills in cohort.world.skills)
    shares = np.zeros((len(cohort.world.skills), most))
    for row, skills in enumerate(cohort.world.skills):
        shares[row, : len(skills)] = [share for _, share in skills]
    named = (rng.random((cohort.size, most)) < shares[cohort.occupation])[cohort.origin]
    required = (rng.random((cohort.size, most)) < REQUIRED_SHARE)[cohort.origin]
    listed: list[list[tuple[str, bool]]] = [[] for _ in range(cohort.size)]
    rows, columns = np.nonzero(named)
    names = cohort.world.skills
    for row, column, need in zip(rows.tolist(), columns.tolist(), required[rows, columns].tolist(), strict=True):
        listed[row].append((names[cohort.occupation[row]][column][0], need))
    return Choices(words.tolist(), listed)


def titles(cohort: Cohort, drawn: Choices) -> list[str]:
    """Each opening's title as its employer writes it: seniority, noise, sometimes a typing error."""
    return [_title(cohort.world, row, words) for row, words in zip(cohort.rows, drawn.words, strict=True)]


def _title(world: World, row: Row, words: list[int]) -> str:
    level = SENIORITY[row.seniority]
    variants = world.titles[row.occupation]
    title = variants[0].removesuffix(" Manager") if level == "director" else variants[words[0] % len(variants)]
    forms = TITLE_FORMS[level]
    if level == "staff" and not title.endswith(TECHNICAL):
        forms = ("Principal {}",)  # a Staff Accountant is no staff-level accountant
    title = forms[words[1] % len(forms)].format(title)
    if words[2] % 1000 < TYPO_SHARE * 1000 and len(title) > 8:
        at = 2 + words[3] % (len(title) - 4)
        title = title[:at] + title[at + 1] + title[at] + title[at + 2 :]
    if words[4] % 1000 < CAPITALS_SHARE * 1000:
        title = title.upper()
    return title + _title_noise(row, words[5] % 100)


def _title_noise(row: Row, draw: int) -> str:
    if COUNTRIES[row.country] == "DE" and draw < 70:
        return " (m/w/d)"
    if row.remote and draw < 60:
        return " - Remote"
    if draw >= 96 and row.requisition:
        return f" (Req {row.requisition})"
    if 90 <= draw < 96:
        return (" | Full-time", " - Immediate start", " (Full Time)")[draw % 3]
    return ""


class Story(NamedTuple):
    """What a description is written from."""

    row: Row
    words: list[int]
    skills: list[tuple[str, bool]]
    role: str
    place: str
    pay_sentence: str  # empty where the text does not say
    edit: int  # 0: as its employer wrote it; else a copy or repost, which has another duty in one place


def description(world: World, board: str, story: Story, text_bytes: int) -> str:
    """One posting's text of about `text_bytes`; the last line is the board's own."""
    p, words, row = phrases(), story.words, story.row
    pools, number = p.pools, row.employer
    family = world.families[world.family_of[row.occupation]]
    people = p.people[family]
    employer, reference = world.employers.names[number], board == "c" and row.requisition
    needs, wishes = _wanted(pools, story)
    parts = [
        pools["intros"][words[14] % 5].format(
            employer=employer, role=story.role, where="from home" if row.remote else f"in {story.place}"
        ),
        f"You work closely with {people[words[15] % len(people)]}.",
        _house(number),
        pools["ambiguous"][words[19] % len(pools["ambiguous"])],
        _bullets(p.headings["duties"][words[16] % 4], _duties(p, family, story, text_bytes)).replace(
            "~", _project(words)
        ),
        _bullets(p.headings["required"][words[17] % 4], needs),
        _bullets(p.headings["preferred"][words[18] % 4], wishes) if wishes else "",
        story.pay_sentence,
        _offer(number),
        f"Reference: R-{reference}" if reference else "",
        p.footers[board][words[20] % 2],
    ]
    return "\n\n".join(filter(None, parts))


def _duties(p: Phrases, family: str, story: Story, text_bytes: int) -> list[str]:
    words, pool = story.words, p.duties[family]
    count = max(4, int((text_bytes - FIXED_BYTES) / DUTY_BYTES * (0.85 + words[6] % 100 / 333)))
    stride = p.strides[words[7] % len(p.strides)]
    duties = [pool[(words[8] + step * stride) % len(pool)] for step in range(count)]
    if story.edit:
        duties[words[9] % count] = pool[(words[8] + (count + story.edit) * stride) % len(pool)]
    return duties


def _project(words: list[int]) -> str:
    """A name that this opening's text speaks of, as teams and sites have them."""
    return START[words[3] % len(START)] + END[words[6] % len(END)]


def _wanted(pools: dict[str, list[str]], story: Story) -> tuple[list[str], list[str]]:
    """The lines of what is required and of what is preferred."""
    words, years = story.words, story.row.experience
    starts = pools["experience"] if years else pools["no_experience"]
    needs = [starts[words[10] % len(starts)].format(years=years)] if words[11] % 10 < 8 else []
    needs += [
        pools["asks"][(words[12] + i) % 5].format(skill=name) for i, (name, need) in enumerate(story.skills) if need
    ]
    wishes = [
        pools["wishes"][(words[13] + i) % 4].format(skill=name)
        for i, (name, need) in enumerate(story.skills)
        if not need
    ]
    return needs or ["Reliable, careful and curious"], wishes


@lru_cache(maxsize=4096)
def _house(number: int) -> str:
    """What an employer says of itself: the same in all its texts, as in life."""
    p = phrases()
    blurbs = p.pools["blurbs"]
    said = " ".join(blurbs[(number + step * 3) % len(blurbs)] for step in range(3))
    return f"{p.headings['about'][number % 3]}\n" + said.format(n=60 + number * 7 % 900, n2=51 + number % 48)


@lru_cache(maxsize=4096)
def _offer(number: int) -> str:
    p = phrases()
    benefits = p.pools["benefits"]
    offered = [benefits[(number + step * 2) % len(benefits)].format(days=20 + number % 11) for step in range(2)]
    return _bullets(p.headings["offer"][number % 3], offered) + "\n\n" + p.pools["equal"][number % 4]


def _bullets(heading: str, lines: list[str]) -> str:
    return heading + "\n- " + "\n- ".join(lines)


def _plain(amount: float) -> str:
    return f"{amount:,.2f}" if amount % 1 else f"{amount:,.0f}"


def _dotted(amount: float) -> str:
    return _plain(amount).translate(str.maketrans(",.", ".,"))


def _indian(amount: float) -> str:
    """Digits grouped as 12,34,567."""
    digits = f"{amount:.0f}"
    head, tail = digits[:-3], digits[-3:]
    groups = []
    while head:
        groups.append(head[-2:])
        head = head[:-2]
    return ",".join([*reversed(groups), tail])


SYMBOLS = ("${}", "£{}", "{} €", "CAD {}", "₹{}")
AMOUNTS = (_plain, _plain, _dotted, _plain, _indian)
PERIODS = {
    "year": (" per year", " per annum", " brutto pro Jahr", " per year", " per annum"),
    "month": (" per month", " per month", " brutto pro Monat", " per month", " per month"),
    "hour": (" per hour", " per hour", " pro Stunde", " per hour", " per hour"),
}


def pay_text(row: Row, style: int) -> str:
    """An opening's stated pay in the manner of its country; empty where it states none."""
    form, unit = FORMS[row.form], UNITS[row.unit]
    if form == "none":
        return ""
    write, symbol, period = AMOUNTS[row.country], SYMBOLS[row.country], PERIODS[unit][row.country]
    low, high = write(row.pay_min), write(row.pay_max)
    if form == "single":
        return symbol.format(low) + period
    if form == "up_to":
        return "Up to " + symbol.format(high) + period
    if form == "from":
        return "From " + symbol.format(low) + period
    if unit == "year" and style == 0 and (short := _short_range(row)):
        return short
    between = (" - ", " to ", " – ")[style]
    if COUNTRIES[row.country] == "DE":
        return f"{low}{between}{high} €{period}"
    return symbol.format(low) + between + symbol.format(high) + period


def _short_range(row: Row) -> str:
    """ "$120K - $150K a year", "12.5 - 18 LPA"; empty where the country or the figures do not allow it."""
    country, low, high = COUNTRIES[row.country], row.pay_min, row.pay_max
    if country == "IN":
        return f"{low / 1e5:g} - {high / 1e5:g} LPA"
    if country in ("US", "GB") and low % 1000 == 0 and high % 1000 == 0:
        sign = "$" if country == "US" else "£"
        return f"{sign}{low / 1000:.0f}K - {sign}{high / 1000:.0f}K a year"
    return ""
