"""Remote mode: where the work is done. A field that says it is believed first, then the places, the title, the text."""

import polars as pl

from normalisation.columns import remembered

REMOTE_MODES = ("remote", "hybrid", "on_site")

_B = r"(?-u:\b)"
NEGATED = (
    rf"(?:{_B}not{_B}|{_B}non|{_B}no{_B}|cannot|can't|isn't|{_B}kein\w*)[ \-](?:be |currently |offer(?:ing)? |"
    rf"a |an |eligible for |open to |suitable for |"
    rf"available for |fully |100% |considering )*(?:remote|telework|work(?:ing)? from home|home ?office)"
    rf"|remote (?:work(?:ing)? |option |position |job )?(?:is |are )?(?:not|un)[ ]?(?:be |being |"
    rf"currently )?(?:available|possible|offered|considered|permitted|eligible|an option|supported)"
    rf"|remote(?: job| work|\?)?: ?no{_B}|0 ?% remote"
)
ON_SITE = rf"{_B}on[ \-_]?site{_B}|{_B}in[ \-](?:the )?office{_B}|in[ \-]person|vor ort|präsenz|sur site|presencial"
HYBRID = (
    rf"{_B}hybrid|part(?:ly|ially)[ \-]remote|flexible \(?remote|teilweise (?:remote|home ?office)|"
    rf"télétravail partiel|híbrido|telework eligible"
)
REMOTE = (
    rf"{_B}remote|{_B}telecommut|{_B}tele[ \-]?work(?:ing)?{_B}|work(?:ing)? from (?:home|anywhere)|"
    rf"{_B}wfh{_B}|home[ \-]?based|home ?office|"
    rf"{_B}anywhere{_B}|{_B}distributed{_B}|télétravail|teletrabajo|remoto"
)
# Titles with "remote" as the thing worked on: "Remote Sensing Scientist", "Remote Support Engineer".
REMOTE_THING = (
    rf"remote(?:ly)?[ \-](?:sens|support|pilot|monitor|control|access|desktop|operat|infrastructure|patient|"
    rf"area|site|location|teams?{_B}|server|"
    r"hands|device|deposit|diagnos|procedure|code|repository|communit|island|handling|clinic)"
)
TITLE_REMOTE = (
    rf"[(\[,\-–—|/·:] ?(?:\w+ ){{0,2}}remote{_B}|^remote{_B}|{_B}remote ?(?:[)\]|/,\-–]|$)|{_B}work from home|"
    rf"{_B}wfh{_B}|{_B}home[ \-]based"
)

WORK = r"(?:role|position|job|opportunity|work|working|team|company|stelle|tätigkeit|arbeit\w*)"
TEXT_HYBRID = (
    rf"{_B}hybrid[ \-](?:{WORK}|model|schedule|basis|environment|set[ \-]?up|policy|arrangement|office|remote|"
    rf"workplace|mode)|"
    rf"(?:is|are|be|as|for|this) (?:a )?hybrid{_B}|(?:\d|one|two|three|four) days? (?:a|per|each|"
    rf"/) ?week (?:in|at|from) (?:the|our|an?) office|"
    r"(?:mix|combination|blend) of (?:remote|office|home)|hybrides arbeit|partly remote|partially remote"
)
TEXT_REMOTE = (
    rf"(?:fully|100 ?%|completely|entirely|permanently|primarily) (?:remote|distributed)|remote[ \-](?:{WORK}|"
    rf"first|friendly|only|based|eligible)|"
    rf"(?:is|are|be|as|this) (?:a )?(?:fully )?remote{_B}|work(?:ing)? remotely (?:from|within|in|across)|"
    rf"work from (?:home|anywhere)|"
    rf"location: ?remote|100 ?% home ?office|home[ \-]based (?:{WORK})|remote(?: job)?: ?yes"
)
TEXT_ON_SITE = (
    rf"(?:is|be|fully|100 ?%|must be|this) (?:an )?on[ \-]?site{_B}|on[ \-]?site (?:{WORK}|only|requirement)|"
    rf"(?:five|5) days (?:a|per) week in (?:the|our) office|"
    rf"in[ \-]office (?:{WORK}|only)|in[ \-]person (?:{WORK}|only)"
)


def remote_mode(field: pl.Expr, place_hint: pl.Expr, title: pl.Expr, description: pl.Expr) -> pl.Expr:
    """One of REMOTE_MODES, or null where nothing says it.

    `field` is the source's own ("Remote", "hybrid", "true"); `place_hint` what the place texts said
    (`Place.remote_mode_hint`). A field "false" only says "not remote" and leaves the question to the others,
    whose "remote" it then overrules.
    """
    said = remembered(field, _of_field, pl.String)
    of_title = remembered(title, _of_title, pl.String)
    found = pl.coalesce(said, place_hint, of_title, _of_text(description))
    refused = remembered(field, _is_no, pl.Boolean).fill_null(False)
    return pl.when(refused & (found == "remote")).then(None).otherwise(found)


def _is_no(text: pl.Expr) -> pl.Expr:
    return text.str.strip_chars().str.to_lowercase().is_in(["false", "no", "0", "0.0", "nein", "non"])


def _of_field(text: pl.Expr) -> pl.Expr:
    lower = text.str.strip_chars().str.to_lowercase()
    return (
        pl.when(lower.is_in(["true", "yes", "1", "100", "100%", "ja", "oui"]))
        .then(pl.lit("remote"))
        .when(lower.is_in(["50", "50%"]))
        .then(pl.lit("hybrid"))
        .when(lower.str.contains(NEGATED))
        .then(pl.lit("on_site"))
        .when(lower.str.contains(HYBRID))
        .then(pl.lit("hybrid"))
        .when(lower.str.contains(REMOTE) & lower.str.contains(ON_SITE))
        .then(pl.lit("hybrid"))
        .when(lower.str.contains(REMOTE))
        .then(pl.lit("remote"))
        .when(lower.str.contains(ON_SITE) | lower.is_in(["office", "onsite", "on_site"]))
        .then(pl.lit("on_site"))
    )


def _of_title(text: pl.Expr) -> pl.Expr:
    lower = text.str.to_lowercase().str.replace_all(REMOTE_THING, " ")
    return (
        pl.when(lower.str.contains(NEGATED))
        .then(pl.lit("on_site"))
        .when(lower.str.contains(r"[(\[,\-–—|/:] ?(?:\w+ ){0,2}hybrid|hybrid ?[)\]|/,\-–]|^hybrid[ :\-–]"))
        .then(pl.lit("hybrid"))
        .when(lower.str.contains(TITLE_REMOTE))
        .then(pl.lit("remote"))
        .when(lower.str.contains(r"[(\[,\-–—|/] ?(?:on[ \-]?site|in[ \-]office)"))
        .then(pl.lit("on_site"))
    )


def _of_text(text: pl.Expr) -> pl.Expr:
    # Few texts speak of it at all: one cheap search spares the others the four costly ones.
    def run(values: pl.Series) -> pl.Series:
        frame = values.str.to_lowercase().to_frame("text").with_row_index("row")
        found = frame.filter(pl.col("text").str.contains(CUES)).select("row", found=_judged(pl.col("text")))
        return frame.select("row").join(found, on="row", how="left", maintain_order="left")["found"]

    return text.map_batches(run, return_dtype=pl.String, is_elementwise=True)


# Plain words only, which a regular expression looks for all at once; `contains_any` would take five times as long.
CUES = "|".join(
    (
        *("remote", "hybrid", "on-site", "onsite", "on site", "work from", "working from", "telework", "in-person"),
        *("home-based", "home based", "homeoffice", "home office", "in-office", "in office", "in person"),
        *("per week in", "days a week"),
    )
)


def _judged(lower: pl.Expr) -> pl.Expr:
    return (
        pl.when(lower.str.contains(NEGATED))
        .then(pl.lit("on_site"))
        .when(lower.str.contains(TEXT_HYBRID))
        .then(pl.lit("hybrid"))
        .when(lower.str.contains(TEXT_REMOTE))
        .then(pl.lit("remote"))
        .when(lower.str.contains(TEXT_ON_SITE))
        .then(pl.lit("on_site"))
    )
