"""Employers: one key for all the ways the same employer is written, and a name to show.

Legal forms, punctuation, case, blanks ("scale-ai", "Scale AI, Inc.") and a board's own noise do not tell employers
apart. A table adds other names of the same employer (brand, ticker, other scripts). A subsidiary has its own key:
`employer_parent` says whose it is, and nothing merges the two.
"""

import re
import unicodedata
from functools import cache

import polars as pl

from normalisation.columns import remembered
from normalisation.tables import reference_rows, word_list

# Tickers that are words too: taken for the company only in capitals.
WORD_TICKERS = word_list("word_ticker")
EMPLOYER = pl.Struct({"employer": pl.String, "employer_key": pl.String})

NOT_NAMES = word_list("no_employer")
_NO_KEYS = frozenset(re.sub(r"\W", "", name) for name in NOT_NAMES)
_RATING = re.compile(r"\s*\n\s*\d\.\d\s*$|\s+\d\.\d\s*[★⭐]\s*$")
_BOARD_NOISE = re.compile(
    r"^(?:jobs? (?:at|with|bei)|careers? at|work at|about)\s+|\s*[-–|:]\s*(?:careers?|jobs?|hiring|"
    r"career site|external career site|job board|recruiting)\s*$|"
    r"\s+(?:careers|jobs|career site|job board)\s*$|\s*\((?:via|powered by|formerly|fka|f/k/a|acquired by|"
    r"now)\b[^)]*\)\s*$|\s*\([A-Z&]{2,8}\)\s*$|\s+[ⓘ✓]+$",
    re.I,
)
_ACRONYM = re.compile(r"\s*\([A-Z][A-Z&.]{1,9}\)\s*$")
_DOING_BUSINESS_AS = re.compile(r"^.+?[,\s]+(?:d/?b/?a/?|doing business as|t/a|trading as)\s+(.+)$", re.I)
_DOMAIN = re.compile(r"(?<=\w)\.(?:com|co\.uk|net|org)(?=[\s,]|$)", re.I)
_INITIALS = re.compile(r"\b(?:[A-Za-z]\.){1,}[A-Za-z]?\b\.?")
_QUOTES = re.compile(r"[\"“”„«»]")
_MARKS = re.compile(r"[™®©°“”\"'’`´‘]|\u00ad|\u200b")

# Legal forms as they stand after folding; stripped from the end as often as they come.
LEGAL = word_list("legal_form")
LEGAL_FIRST = word_list("legal_form_first")
LEGAL_PHRASES = re.compile(
    r"\b(?:s a de c v|s de r l de c v|s de rl de cv|sa de cv|de cv|sp z o o|sp z oo|sp zoo|spolka z o o|"
    r"spol s r o|s r o|d o o|gmbh and co kg|gmbh and co|and co kg|"
    r"public limited company|limited liability company|limited liability partnership|proprietary limited|"
    r"with limited liability|"
    r"gesellschaft mit beschrankter haftung|societa per azioni|societe par actions simplifiee|"
    r"kommanditgesellschaft|besloten vennootschap|a s)$"
)
LEGAL_CJK = re.compile(
    r"株式会社|有限会社|合同会社|合資会社|\(株\)|（株）|㈱|주식회사|유한회사|\(주\)|（주）|㈜|股份有限公司|有限责任公司|有限責任公司|集团有限公司|集團有限公司|"
    r"控股有限公司|有限公司|股份公司|(?<=.{2})公司$|ООО|ОАО|ЗАО|ПАО|АО(?=\s)"
)
# Spelt out, so that "DEPT OF INFO TECH & TELECOMM" and the full form meet.
SHORT_FORMS = {
    "dept": "department",
    "dpt": "department",
    "svcs": "services",
    "svc": "service",
    "srvs": "services",
    "serv": "services",
    "univ": "university",
    "natl": "national",
    "intl": "international",
    "int l": "international",
    "assoc": "associates",
    "assn": "association",
    "mgmt": "management",
    "govt": "government",
    "tech": "tech",
    "info": "information",
    "mfg": "manufacturing",
    "bros": "brothers",
    "hosp": "hospital",
    "ctr": "center",
    "centre": "center",
    "admin": "administration",
    "comm": "commission",
    "sys": "systems",
    "dvlpmnt": "development",
    "fin": "finance",
    "st": "saint",
}
DROPPED = frozenset({"the", "of", "and", "for"})


def employer_key(name: str | None) -> str | None:
    """The key that all ways of writing this employer share; None for an empty or a placeholder name."""
    return _key_and_name(name)[0]


def employer_name(name: str | None) -> str | None:
    """The employer as shown: the table's name for a known one, else as written without noise and legal form kept."""
    return _key_and_name(name)[1]


def _key_and_name(name: str | None) -> tuple[str | None, str | None]:
    cleaned = _cleaned(name)
    if cleaned is None:
        return None, None
    plain = _plain_key(cleaned)
    if plain in _NO_KEYS:  # "Confidential Ltd"
        return None, None
    return _known(cleaned, plain) or (plain or None, _shown(cleaned))


def _shown(cleaned: str) -> str:
    letters = [c for c in cleaned if c.isalpha()]
    shouted = len(letters) > 5 and " " in cleaned and all(c.isupper() for c in letters)
    slug = (
        " " not in cleaned and bool(letters) and all(c.islower() for c in letters if c.isascii()) and cleaned.isascii()
    )
    return _titled(cleaned) if shouted or slug else cleaned


def employer_parent(key: str) -> str | None:
    """The key of the employer that owns this one, where the table says so."""
    return _parents().get(key)


def employers(name: pl.Expr) -> pl.Expr:
    """A struct of `employer` (as shown) and `employer_key`, once per distinct name."""
    return remembered(name, _named, EMPLOYER)


def _named(name: pl.Expr) -> pl.Expr:
    def run(values: pl.Series) -> pl.Series:
        found = map(_key_and_name, values)
        return pl.Series([{"employer": name, "employer_key": key} for key, name in found], dtype=EMPLOYER)

    return name.map_batches(run, return_dtype=EMPLOYER, is_elementwise=True)


def _known(cleaned: str, plain: str) -> tuple[str, str] | None:
    """The key and the shown name of an employer that the table has."""
    if plain in WORD_TICKERS and not cleaned.isupper():
        return None
    return _aliases().get(_full_key(cleaned)) or _aliases().get(plain)


def _cleaned(name: str | None) -> str | None:
    if name is None:
        return None
    text = _RATING.sub("", unicodedata.normalize("NFKC", name)).strip()
    if text.casefold() in NOT_NAMES:
        return None
    text = re.sub(r"\s+", " ", _QUOTES.sub("", text)).strip(" ,;|-–'")
    traded = _DOING_BUSINESS_AS.match(text)
    text = traded[1] if traded else text
    for pattern in (_ACRONYM, _BOARD_NOISE):
        shorter = pattern.sub("", text).strip(" ,;|-–")
        text = shorter or text
    folded = text.casefold().strip(" .")
    return text if folded and folded not in NOT_NAMES and any(c.isalnum() for c in text) else None


def _words(text: str) -> str:
    """The name folded to lower case words: no accents, marks or punctuation, no legal form in another script."""
    joined = _INITIALS.sub(
        lambda found: found[0].replace(".", ""), LEGAL_CJK.sub(" ", _DOMAIN.sub("", text.strip(". ")))
    )
    decomposed = unicodedata.normalize(
        "NFKD",
        _MARKS.sub("", joined).replace("ß", "ss").replace("&", " and ").replace("+", " plus ").translate(_LETTERS),
    )
    plain = unicodedata.normalize("NFC", "".join(c for c in decomposed if not _is_latin_accent(c))).casefold()
    return re.sub(r"[\W_]+", " ", re.sub(r"\b([asnbvk])/([svk])\b", r"\1\2", plain)).strip()


def _plain_key(text: str) -> str:
    """The letters and digits without the legal form, in one run: blanks and hyphens are a board's choice."""
    words = _words(text)
    return "".join(_without_legal_form((LEGAL_PHRASES.sub("", words).strip() or words).split()))


def _full_key(text: str) -> str:
    """The same with the legal form, which alone tells "Merck KGaA" from "Merck & Co."."""
    return _words(text).replace(" ", "")


_LETTERS = str.maketrans({"ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "đ": "d", "ı": "i", "æ": "ae", "Æ": "AE", "œ": "oe"})


def _is_latin_accent(character: str) -> bool:
    # Marks of kana and hangul are letters of their own and come back when composed again.
    return "\u0300" <= character <= "\u036f"


def _without_legal_form(words: list[str]) -> list[str]:
    kept = list(words)
    while len(kept) > 1 and kept[-1] in LEGAL:
        kept.pop()
        while len(kept) > 1 and kept[-1] == "and":
            kept.pop()
    while len(kept) > 1 and kept[0] in LEGAL_FIRST:
        kept.pop(0)
    spelt = [SHORT_FORMS.get(word, word) for word in kept]
    return [word for word in spelt if word not in DROPPED] or spelt


def _titled(text: str) -> str:
    small = {"of", "and", "the", "for", "de", "la", "und"}
    words = re.split(r"[\s_\-]+", text) if " " not in text else text.split()
    return " ".join(
        word.lower()
        if i and word.lower() in small
        else word.upper()
        if word.lower() in {"ai", "nhs", "nyc", "usa", "uk", "us", "llc", "llp", "plc", "it", "hr"}
        else word[:1].upper() + word[1:].lower()
        for i, word in enumerate(words)
    )


@cache
def _keys() -> dict[str, str]:
    """The table's names -> their keys: the plain one, or the full one where an earlier employer has the plain one."""
    keys: dict[str, str] = {}
    for row in reference_rows("employers"):
        plain = _plain_key(row["name"])
        keys[row["name"]] = _full_key(row["name"]) if plain in keys.values() else plain
    return keys


@cache
def _aliases() -> dict[str, tuple[str, str]]:
    """The plain and the full key of every name in the table -> the employer's key and the name to show."""
    table: dict[str, tuple[str, str]] = {}
    for row in reference_rows("employers"):
        found = (_keys()[row["name"]], row["name"])
        for name in (row["name"], *filter(None, row["aliases"].split("|"))):
            table.setdefault(_full_key(name), found)
            if table.setdefault(_plain_key(name), found) != found and _full_key(name) == _plain_key(name):
                raise LookupError(f"{name!r} is in the employers' table under two names")
    return table


@cache
def _parents() -> dict[str, str]:
    keys = _keys()
    return {
        keys[row["name"]]: keys.get(row["parent"]) or _plain_key(row["parent"])
        for row in reference_rows("employers")
        if row["parent"]
    }
