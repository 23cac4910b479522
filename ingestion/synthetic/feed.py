"""What a board sends on a day: JSON lines, one posting a line."""

from collections.abc import Iterator
from datetime import date, timedelta
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from typing import Any

import numpy as np
import orjson

from ingestion.synthetic.market import BOARDS, FORMS, LAGS, UNITS, Cohort, Market, Row, cohort
from ingestion.synthetic.texts import Story, choices, description, pay_text, titles
from ingestion.synthetic.world import COUNTRIES, CURRENCIES, SECTORS, SIZES, World

LINES_PER_PAGE = 5000
BROKEN_SHARE = 0.002  # lines without a title, besides the true ones
REPEATED_SHARE = 0.004  # lines sent twice
ESTIMATED_SHARE = 0.25  # of the openings without stated pay, those for which board b sends a guess of its own
SIZES_SENT = [f"{size} employees" for size in SIZES]
CLOSES_AFTER = timedelta(30)
MIX = 0x9E3779B97F4A7C15  # odd: multiplying by it scatters 64-bit numbers without loss


class Told:
    """A cohort with its words."""

    def __init__(self, born: Cohort) -> None:
        self.born, self.choices = born, choices(born)
        self.titles = titles(born, self.choices)


@lru_cache(maxsize=48)
def told(market: Market, day: date) -> Told:
    """The openings born on `day` with their words; kept while the days around it are asked for."""
    return Told(cohort(market, day))


def showings(market: Market, board: str, day: date) -> Iterator[tuple[date, int, int]]:
    """The postings on the board's page of `day`, without broken lines and repeats: (day of birth, row, lag).

    `lag` counts from birth to the day on which the posting was first shown here.
    """
    index = BOARDS.index(board)
    for lag in LAGS:
        born = cohort(market, day - timedelta(lag))
        for row in born.shown(index, lag).tolist():
            relisted = lag == 1 and born.rows[row].home == index
            yield born.day, row, 0 if relisted else lag


def posting_id(board: str, opening_id: int, lag: int) -> str:
    """What the board calls it: a repost has another id, a relisted posting the same."""
    return f"{((opening_id * len(BOARDS) + BOARDS.index(board)) * 64 + lag) * MIX % 2**64:016x}"


def faults(market: Market, board: str, day: date, lines: int) -> tuple[int, list[int]]:
    """How many broken lines the page holds besides its `lines` true ones, and which of those come twice."""
    rng = np.random.default_rng([market.seed, 3, BOARDS.index(board), day.toordinal()])
    return int(rng.binomial(lines, BROKEN_SHARE)), np.flatnonzero(rng.random(lines) < REPEATED_SHARE).tolist()


def pages(market: Market, board: str, day: date) -> Iterator[bytes]:
    """The board's pages of that day as it sends them; one page without lines where it shows nothing."""
    lines = []
    for birthday, shown in groupby(showings(market, board, day), key=itemgetter(0)):
        cohort_told = told(market, birthday)
        lines += [orjson.dumps(record(cohort_told, board, row, lag, market.text_bytes)) for _, row, lag in shown]
    broken, twice = faults(market, board, day, len(lines))
    lines += [lines[line] for line in twice]
    lines += [orjson.dumps({"id": f"draft-{day}-{number}", "title": None}) for number in range(broken)]
    for start in range(0, max(len(lines), 1), LINES_PER_PAGE):
        yield b"\n".join(lines[start : start + LINES_PER_PAGE])


def record(cohort_told: Told, board: str, index: int, lag: int, text_bytes: int) -> dict[str, Any]:
    """One line. Board a is structured, b writes pay as text and guesses, c repeats what it found elsewhere."""
    world, row = cohort_told.born.world, cohort_told.born.rows[index]
    words, title = cohort_told.choices.words[index], cohort_told.titles[index]
    employer, own_id = world.employers, posting_id(board, row.opening_id, lag)
    first_shown = cohort_told.born.day + timedelta(lag)
    place = _place(world.place_forms[row.place], board, words[21])
    copied = lag > 0 or BOARDS[row.home] != board
    story = Story(
        row,
        words,
        cohort_told.choices.skills[index],
        role=title.split(" (")[0].split(" - ")[0].split(" | ")[0],
        place=place,
        pay_sentence=f"Salary: {pay_text(row, words[22] % 3)}." if board == "c" and row.form else "",
        edit=(1 + lag + 3 * BOARDS.index(board)) if copied else 0,
    )
    line = {
        "id": own_id,
        "url": f"https://board-{board}.example/jobs/{own_id}",
        "title": f"{title} - {place}" if board == "c" and words[23] % 10 == 0 else title,
        "company": _company(employer.names[row.employer], employer.legal_forms[row.employer], board, words[23]),
        "locations": [place],
        "description": description(world, board, story, text_bytes),
        "posted": first_shown,
        "employment": ("Full-time", "Full time", "full_time")[words[20] % 3],
        "workplace": "Remote" if row.remote else None,
        "requisition": f"R-{row.requisition}" if row.requisition else None,
    }
    if board == "c":
        return line
    line |= _structured(world, row)
    if board == "a":
        closes = {"closes": first_shown + CLOSES_AFTER, "company_size": SIZES_SENT[employer.size[row.employer]]}
        return line | closes | _pay_fields(row)
    return line | _pay_in_words(row, words)


def _place(forms: list[str], board: str, draw: int) -> str:
    """Board c alone does not send the country, so it writes the most explicit form."""
    return forms[-1] if board == "c" else forms[draw % len(forms)]


def _company(name: str, legal_form: str, board: str, draw: int) -> str:
    if board == "c":
        return name.upper() if draw % 7 == 0 else name
    return f"{name}, {legal_form}" if legal_form and board == "b" else f"{name} {legal_form}".strip()


def _structured(world: World, row: Row) -> dict[str, Any]:
    """The fields that boards a and b have and c has not."""
    return {
        "country": COUNTRIES[row.country],
        "industry": SECTORS[world.employers.sector[row.employer]][1],
        "ats_id": f"handrail:{row.opening_id * MIX % 10**12}" if row.shared_ats else None,
    }


def _pay_fields(row: Row) -> dict[str, Any]:
    form = FORMS[row.form]
    if form == "none":
        return {}
    low = None if form == "up_to" else row.pay_min
    high = None if form == "from" else row.pay_max
    return _pay(row.country, UNITS[row.unit], low, high, "base")


def _pay_in_words(row: Row, words: list[int]) -> dict[str, Any]:
    """Stated pay as text; without one, sometimes a guess, far off on purpose: who counts guesses as pay is caught."""
    if row.form:
        return {"salary_text": pay_text(row, words[22] % 3)}
    if words[22] % 100 >= ESTIMATED_SHARE * 100:
        return {}
    guess = row.pay_annual * (0.5 + words[21] % 100 / 400)
    return _pay(row.country, "year", round(guess), round(guess * 1.2), "estimated")


def _pay(country: int, period: str, low: float | None, high: float | None, kind: str) -> dict[str, Any]:
    return {
        "salary_min": low,
        "salary_max": high,
        "salary_currency": CURRENCIES[country],
        "salary_period": period,
        "salary_kind": kind,
    }
