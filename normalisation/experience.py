"""Years of experience asked for: "3+ years", "5-7 years of experience", "mindestens drei Jahre Berufserfahrung"."""

import polars as pl

from normalisation.columns import over_distinct

YEARS = pl.Struct({"experience_min_years": pl.Float64, "experience_max_years": pl.Float64})

# A text's own claim ("our team has over 25 years of experience") is told from a demand by size alone.
MOST_YEARS_IN_TEXT = 20.0

NUMBER_WORDS = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "twelve": 12, "fifteen": 15,
    "ein": 1, "eine": 1, "einem": 1, "zwei": 2, "drei": 3, "vier": 4, "fünf": 5, "sechs": 6, "sieben": 7, "acht": 8, "zehn": 10,
    "un": 1, "deux": 2, "trois": 3, "quatre": 4, "cinq": 5, "dos": 2, "tres": 3, "cuatro": 4, "cinco": 5,
}  # fmt: skip
_N = r"(\d{1,2}(?:[.,]5)?|" + "|".join(sorted(NUMBER_WORDS, key=lambda word: (-len(word), word))) + ")"
_TO = r" ?(?:-|–|—|to|bis|and|or|à|a|bis zu) ?"
_MORE = r"(?: ?\([0-9]{1,2}\))? ?(\+|plus|or more|oder mehr|et plus|o más|and above|and up|minimum)?"
_UNIT = r" ?(?:full |whole )?-?(years?|yrs?|yoe|jahre?n?|jährige\w*|ans|années?|años|anos|anni|months?|monate?n?)"
_MOST = r"(?:(up to|at most|maximum of|maximum|less than|under|bis zu|weniger als|jusqu'à|hasta) )?"
_EXPERIENCE = r"(?:experience|experienced|erfahrung|expérience|experiencia|experiência|esperienza)"

# Groups: 1 "up to", 2 first number, 3 its mark, 4 second number, 5 its mark, 6 unit.
_SPAN = rf"{_MOST}(?-u:\b){_N}{_MORE}(?:{_TO}{_N}{_MORE})?{_UNIT}"
BEFORE_EXPERIENCE = rf"{_SPAN}[’'´`]?[^.\n;:!?]{{0,50}}?{_EXPERIENCE}"
AFTER_EXPERIENCE = rf"{_EXPERIENCE}[^.\n;!?0-9]{{0,25}}?{_SPAN}"
FIELD = rf"{_MOST}(?-u:\b){_N}{_MORE}(?:{_TO}{_N}{_MORE})?(?:{_UNIT})?"
NONE_NEEDED = r"\bno (?:prior |previous |work |working |relevant )?experience (?:is )?(?:required|necessary|needed)|keine (?:berufs)?erfahrung (?:nötig|erforderlich|notwendig)"


def experience_years(field: pl.Expr, description: pl.Expr) -> pl.Expr:
    """A struct of the fewest and the most years asked for; null where not stated ("5+ years" has no most).

    The field is believed first. Of several demands in a text the first that speaks of experience counts: the
    others as a rule are of single skills.
    """
    of_field = over_distinct(field, _of_field, YEARS)
    of_text = _of_text(description)
    stated = of_field.struct.field("experience_min_years").is_not_null() | of_field.struct.field("experience_max_years").is_not_null()
    return pl.when(stated).then(of_field).otherwise(of_text)


def _of_field(text: pl.Expr) -> pl.Expr:
    return _struct(text.str.to_lowercase().str.extract_groups(FIELD), most=60.0)


def _of_text(text: pl.Expr) -> pl.Expr:
    def run(values: pl.Series) -> pl.Series:
        frame = values.to_frame("text").with_row_index("row")
        speaks = pl.col("text").str.contains_any(["experience", "erfahrung", "expérience", "experiencia", "esperienza"], ascii_case_insensitive=True)
        lower = frame.filter(speaks).with_columns(pl.col("text").str.to_lowercase())
        found = lower.select("row", found=_judged(pl.col("text")))
        return frame.select("row").join(found, on="row", how="left", maintain_order="left")["found"]

    return text.map_batches(run, return_dtype=YEARS, is_elementwise=True)


def _judged(lower: pl.Expr) -> pl.Expr:
    before = _struct(lower.str.extract_groups(BEFORE_EXPERIENCE), MOST_YEARS_IN_TEXT)
    after = _struct(lower.str.extract_groups(AFTER_EXPERIENCE), MOST_YEARS_IN_TEXT)
    none = pl.struct(
        pl.when(lower.str.contains(NONE_NEEDED)).then(0.0).alias("experience_min_years"),
        pl.lit(None, dtype=pl.Float64).alias("experience_max_years"),
    )
    return pl.when(_stated(before)).then(before).when(_stated(after)).then(after).otherwise(none)


def _stated(years: pl.Expr) -> pl.Expr:
    return years.struct.field("experience_min_years").is_not_null() | years.struct.field("experience_max_years").is_not_null()


def _struct(groups: pl.Expr, most: float) -> pl.Expr:
    up_to = groups.struct.field("1").is_not_null()
    unit = pl.when(groups.struct.field("6").str.starts_with("mon")).then(12.0).otherwise(1.0)
    first, second = (_number(groups.struct.field(name)) / unit for name in ("2", "4"))
    least = pl.min_horizontal(first, second)
    largest = pl.when(second.is_not_null()).then(pl.max_horizontal(first, second)).when(up_to).then(first)
    open_end = groups.struct.field("5").is_not_null()
    sane = (pl.max_horizontal(first, second) <= most).fill_null(False)
    return pl.struct(
        pl.when(sane & ~(up_to & second.is_null())).then(least).alias("experience_min_years"),
        pl.when(sane & ~open_end).then(largest).alias("experience_max_years"),
    )


def _number(text: pl.Expr) -> pl.Expr:
    words = text.replace_strict(NUMBER_WORDS, default=None, return_dtype=pl.Float64)
    return pl.coalesce(text.str.replace(",", ".", literal=True).cast(pl.Float64, strict=False), words)
