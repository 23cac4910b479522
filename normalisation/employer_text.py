"""How an employer's name is written: without noise, legal forms, punctuation and case."""

import re
import unicodedata

from normalisation.tables import word_list

NOT_NAMES = word_list("no_employer")
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
LONGEST_BYTES = 300  # what is longer is no name but a text in the wrong field; keys of look-ups end at 511 bytes


def cleaned_name(name: str | None) -> str | None:
    """The name without ratings, acronyms and a board's own noise; None for an empty, a placeholder or no name."""
    if name is None or len(name.encode()) > LONGEST_BYTES:
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


def plain_key(text: str) -> str:
    """The letters and digits without the legal form, in one run: blanks and hyphens are a board's choice."""
    words = _words(text)
    return "".join(_without_legal_form((LEGAL_PHRASES.sub("", words).strip() or words).split()))


def full_key(text: str) -> str:
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


def shown_name(cleaned: str) -> str:
    """As people write it: shouted names and slugs in title case."""
    letters = [c for c in cleaned if c.isalpha()]
    shouted = len(letters) > 5 and " " in cleaned and all(c.isupper() for c in letters)
    slug = (
        " " not in cleaned and bool(letters) and all(c.islower() for c in letters if c.isascii()) and cleaned.isascii()
    )
    return _titled(cleaned) if shouted or slug else cleaned
