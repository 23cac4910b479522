"""Employment type from a source's field and, where that is silent, from the title."""

import polars as pl

from normalisation.columns import remembered

EMPLOYMENT_TYPES = ("full_time", "part_time", "contract", "temporary", "internship", "apprenticeship")

# In order: the more specific kind wins over the one that says hours only.
FIELD_RULES = {
    "apprenticeship": r"apprentic|ausbildung|azubi|alternance|lehrling",
    "internship": r"(?-u:\b)intern(?-u:\b)|interns|internship|praktik|werkstudent|working student|trainee ?ship|"
    r"stagiaire|"
    r"(?-u:\b)stage(?-u:\b)|becari|"
    r"prácticas|co-?op(?-u:\b)|pathways",
    "contract": r"contract(?:or)?(?-u:\b)|contractual|freelanc|sub-?contractor|selbst[äa]ndig|freiberuf|"
    r"(?-u:\b)c2c(?-u:\b)|corp.to.corp|interim|"
    r"^(?:ct|fl)$|(?-u:\b)b2b(?-u:\b)",
    "temporary": r"tempor|(?-u:\b)temp(?-u:\b)|fixed[ _\-]?term|(?-u:\b)term(?-u:\b)|seasonal|befristet|"
    r"(?-u:\b)cdd(?-u:\b)|per[ _\-]?diem|casual|intermittent|"
    r"(?-u:\b)summer(?-u:\b)|zeitarbeit|detail|not to exceed|maternity cover",
    "part_time": r"part[ _\-]?time|teilzeit|temps partiel|tiempo parcial|medio tiempo|^(?:p|pt)$|mini-?job|deeltijd",
    "full_time": (
        r"full[ _\-]?time|vollzeit|temps plein|tiempo completo|jornada completa|^(?:f|ft)$|voltijd|heltid|"
        r"tempo integral"
    ),
}
# Words that hold one of the above but say another thing.
NOT_KINDS = (
    r"unbefristet\w*|long[ \-]?term|short[ \-]?term|permanent contract|contrat à durée indéterminée|"
    r"non[ \-]?temporary|no contract"
)
TITLE_RULES = {
    "apprenticeship": r"apprentic|auszubildende|azubi|ausbildung zu",
    "internship": (
        r"(?-u:\b)interns?(?-u:\b)|internship|praktik(?:um|ant)|werkstudent|working student|(?-u:\b)co-op(?-u:\b)|"
        r"stagiaire|pflichtpraktikum"
    ),
    "contract": (
        r"[(\[,\-–|/] ?(?:\d+[ \-]month )?contract(?:or)?(?-u:\b)|^contract (?:role|position)?[ :\-–]|"
        r"(?-u:\b)freelancer?(?-u:\b)|(?-u:\b)c2c(?-u:\b)"
    ),
    "temporary": r"fixed[ \-]term|temporary|(?-u:\b)temp(?-u:\b)[ )\-]|seasonal|maternity cover|befristet",
    "part_time": r"part[ \-]time|teilzeit",
    "full_time": r"full[ \-]time|vollzeit",
}
NOT_IN_TITLES = (
    r"unbefristet\w*|international|internal\w*|vollzeit ?(?:/|oder|und|or) ?teilzeit|"
    r"contract(?:s)? (?:manager|specialist|administrator|officer|analyst|lawyer)"
)


def employment_type(field: pl.Expr, title: pl.Expr) -> pl.Expr:
    """One of EMPLOYMENT_TYPES, or null where neither text says it. "Permanent" alone says nothing of hours.

    Of several kinds in one field the most specific wins, but a field that offers full-time with two or more
    others ("Full-time, Part-time, and Internship") is a catch-all and counts as full-time, as does
    full- with part-time.
    """
    return pl.coalesce(remembered(field, _of_field, pl.String), remembered(title, _of_title, pl.String))


def _of_field(text: pl.Expr) -> pl.Expr:
    lower = text.str.to_lowercase().str.strip_chars().str.replace_all(NOT_KINDS, " ")
    says = {kind: lower.str.contains(rule) for kind, rule in FIELD_RULES.items()}
    named = pl.sum_horizontal(says.values())
    full_time = says["full_time"] & ((named >= 3) | ((named == 2) & says["part_time"]))
    return pl.when(full_time).then(pl.lit("full_time")).otherwise(_first(says))


def _of_title(text: pl.Expr) -> pl.Expr:
    lower = text.str.to_lowercase().str.replace_all(NOT_IN_TITLES, " ")
    return _first({kind: lower.str.contains(rule) for kind, rule in TITLE_RULES.items()})


def _first(says: dict[str, pl.Expr]) -> pl.Expr:
    return pl.coalesce(pl.when(said).then(pl.lit(kind)) for kind, said in says.items())
