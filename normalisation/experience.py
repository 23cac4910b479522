"""Years of experience asked for: "3+ years", "5-7 years of experience", "mindestens drei Jahre Berufserfahrung"."""

import polars as pl

from normalisation.columns import remembered

LEAST, MOST = "experience_min_years", "experience_max_years"
YEARS = pl.Struct({LEAST: pl.Float64, MOST: pl.Float64})

# A text's own claim ("our team has over 25 years of experience") is told from a demand by size alone.
MOST_YEARS_IN_TEXT = 20.0

NUMBER_WORDS = {
    "one": 1,
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "seven": 7,
    "eight": 8,
    "nine": 9,
    "ten": 10,
    "twelve": 12,
    "fifteen": 15,
    "ein": 1,
    "eine": 1,
    "einem": 1,
    "zwei": 2,
    "drei": 3,
    "vier": 4,
    "fünf": 5,
    "sechs": 6,
    "sieben": 7,
    "acht": 8,
    "zehn": 10,
    "un": 1,
    "deux": 2,
    "trois": 3,
    "quatre": 4,
    "cinq": 5,
    "dos": 2,
    "tres": 3,
    "cuatro": 4,
    "cinco": 5,
}
_N = r"([0-9]{1,2}(?:[.,]5)?|" + "|".join(sorted(NUMBER_WORDS, key=lambda word: (-len(word), word))) + ")"
_TO = r" ?(?:-|–|—|to|bis|and|or|à|a|bis zu) ?"
_MORE = r"(?: ?\([0-9]{1,2}\))? ?(\+|plus|or more|oder mehr|et plus|o más|and above|and up|minimum)?"
_UNIT = r" ?(?:full |whole )?-?(years?|yrs?|yoe|jahre?n?|jährige[a-z]*|ans|années?|años|anos|anni|months?|monate?n?)"
_MOST = r"(?:(up to|at most|maximum of|maximum|less than|under|bis zu|weniger als|jusqu'à|hasta) )?"
# The sentences that name a unit of time or need no experience. ASCII classes and cases written out: the Unicode `\w`,
# `\d` and `(?i)` make this three times slower, bounded repeats ("{0,60}") a hundred times.
_SENTENCE = r"(?:[^.\n;!?]|\.[0-9])*"
_NAMES_UNIT = (
    r"(?:(?-u:\b)(?:[Yy]ears?|YEARS?|[Yy]rs?|YRS|[Yy][Oo][Ee]|[Jj]ahr[a-z]*|JAHRE|[Jj]ährige[a-z]*|[Aa]ns|[Aa]nnées?|"
    r"[Aa]ños?|[Aa]nos|[Aa]nni|[Mm]onths?|MONTHS|[Mm]onat[a-z]*)(?-u:\b)"
    r"|[Nn]o (?:prior |previous |work |working |relevant )?[Ee]xperience|[Kk]eine (?:[Bb]erufs)?[Ee]rfahrung)"
)
SENTENCES = rf"{_SENTENCE}{_NAMES_UNIT}{_SENTENCE}"
_EXPERIENCE = r"(?:experience|experienced|erfahrung|expérience|experiencia|experiência|esperienza)"

# Groups: 1 "up to", 2 first number, 3 its mark, 4 second number, 5 its mark, 6 unit.
_SPAN = rf"{_MOST}(?-u:\b){_N}{_MORE}(?:{_TO}{_N}{_MORE})?{_UNIT}"
BEFORE_EXPERIENCE = rf"{_SPAN}[’'´`]?[^.\n;:!?]*?{_EXPERIENCE}"
AFTER_EXPERIENCE = rf"{_EXPERIENCE}[^.\n;!?0-9]*?{_SPAN}"
FIELD = rf"{_MOST}(?-u:\b){_N}{_MORE}(?:{_TO}{_N}{_MORE})?(?:{_UNIT})?"
NONE_NEEDED = (
    r"(?-u:\b)no (?:prior |previous |work |working |relevant )?experience (?:is )?(?:required|necessary|"
    r"needed)|keine (?:berufs)?erfahrung (?:nötig|erforderlich|notwendig)"
)


def experience_years(field: pl.Expr, description: pl.Expr) -> pl.Expr:
    """A struct of the fewest and the most years asked for; null where not stated ("5+ years" has no most).

    The field is believed first. Of several demands in a text the first that speaks of experience counts: the
    others as a rule are of single skills.
    """
    of_field = remembered(field, _of_field, YEARS)
    of_text = _of_text(description)
    return pl.when(_stated(of_field)).then(of_field).otherwise(of_text)


def _of_field(text: pl.Expr) -> pl.Expr:
    return text.map_batches(lambda values: _spans(values.str.to_lowercase(), FIELD, most=60.0), return_dtype=YEARS)


def _of_text(text: pl.Expr) -> pl.Expr:
    return text.map_batches(_judged, return_dtype=YEARS, is_elementwise=True)


def _judged(texts: pl.Series) -> pl.Series:
    # Most of a text says nothing of it: one linear search spares it the costly patterns. Each step is a frame of
    # its own, because an expression that is used twice within one is computed twice.
    cut = texts.to_frame("text").select(pl.col("text").str.extract_all(SENTENCES).list.join("\n").str.to_lowercase())[
        "text"
    ]
    none_needed = pl.when(cut.str.contains(NONE_NEEDED)).then(0.0)
    found = pl.DataFrame(
        {
            "before": _spans(cut, BEFORE_EXPERIENCE, MOST_YEARS_IN_TEXT),
            "after": _spans(cut, AFTER_EXPERIENCE, MOST_YEARS_IN_TEXT),
        }
    )
    none = pl.struct(none_needed.alias(LEAST), pl.lit(None, dtype=pl.Float64).alias(MOST))
    return found.select(
        found=pl.when(_stated(pl.col("before")))
        .then("before")
        .when(_stated(pl.col("after")))
        .then("after")
        .otherwise(none)
    )["found"]


def _stated(years: pl.Expr) -> pl.Expr:
    return years.struct.field(LEAST).is_not_null() | years.struct.field(MOST).is_not_null()


def _spans(texts: pl.Series, pattern: str, most: float) -> pl.Series:
    """The first span that `pattern` finds in each text, in years."""
    groups = texts.to_frame("text").select(pl.col("text").str.extract_groups(pattern).alias("groups")).unnest("groups")
    unit = pl.when(pl.col("6").str.starts_with("mon")).then(12.0).otherwise(1.0)
    numbers = groups.with_columns(first=_number(pl.col("2")) / unit, second=_number(pl.col("4")) / unit)
    least, largest = pl.min_horizontal("first", "second"), pl.max_horizontal("first", "second")
    up_to, open_end = pl.col("1").is_not_null() & pl.col("second").is_null(), pl.col("5").is_not_null()
    return numbers.select(
        pl.struct(
            pl.when((largest <= most) & ~up_to).then(least).alias(LEAST),
            pl.when((largest <= most) & ~open_end & (up_to | pl.col("second").is_not_null())).then(largest).alias(MOST),
        ).alias("years")
    )["years"]


def _number(text: pl.Expr) -> pl.Expr:
    words = text.replace_strict(NUMBER_WORDS, default=None, return_dtype=pl.Float64)
    return pl.coalesce(text.str.replace(",", ".", literal=True).cast(pl.Float64, strict=False), words)
