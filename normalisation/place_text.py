"""How place texts are read: folding, what they say of remote work, and how one text that names several is cut."""

import re
import unicodedata

SHORT_FORMS = {"saint": "st", "sainte": "ste", "fort": "ft", "mount": "mt", "and": ""}
_NOT_WORD = re.compile(r"[\W_]+")
_ELISION = re.compile(r"[.'’`´]")


def fold(text: str) -> str:
    """The key under which a name is found: no accents, case or punctuation; "Saint" and "St." are one."""
    words = _NOT_WORD.sub(" ", _ELISION.sub("", _unaccented(text))).split()
    return " ".join(filter(None, (SHORT_FORMS.get(word, word) for word in words))) if len(words) > 1 else "".join(words)


def _unaccented(text: str) -> str:
    if text.isascii():
        return text.casefold()
    return "".join(
        c for c in unicodedata.normalize("NFKD", text.translate(_LETTERS)) if not unicodedata.combining(c)
    ).casefold()


# Letters that have no decomposition.
_LETTERS = str.maketrans(
    {
        "ø": "o",
        "Ø": "O",
        "ł": "l",
        "Ł": "L",
        "đ": "d",
        "Đ": "D",
        "ı": "i",
        "æ": "ae",
        "Æ": "Ae",
        "œ": "oe",
        "ß": "ss",
        "ð": "d",
        "þ": "th",
    }
)


def slug(name: str) -> str:
    """A name as it stands in a place id: "New York" -> "new-york"."""
    return _NOT_WORD.sub("-", _ELISION.sub("", _unaccented(name))).strip("-")


REMOTE = re.compile(
    (
        r"\b(?:remote(?:ly)?|remoto|télétravail|wfh|work from (?:home|anywhere)|home[ -]?based|home ?office|"
        r"anywhere|telecommut\w*|telework|distributed|virtual)\b"
    ),
    re.I,
)
HYBRID = re.compile(r"\bhybrid\w*\b|\bflex(?:ible)? hybrid\b|\bremote[ -]friendly\b|\boptional remote\b", re.I)
ON_SITE = re.compile(r"\b(?:on[ -]?site|in[ -]office|in[ -]person|vor ort)\b", re.I)
NOT_REMOTE = re.compile(r"\b(?:no|not|non)[ -]remote\b", re.I)


def remote_mode_hint(text: str) -> str | None:
    """What a place text says of where one works: remote, hybrid, on_site; None: nothing."""
    if HYBRID.search(text):
        return "hybrid"
    if NOT_REMOTE.search(text) or (ON_SITE.search(text) and not REMOTE.search(text)):
        return "on_site"
    return "remote" if REMOTE.search(text) else None


INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")  # soft hyphens, zero-width blanks

# Between places: never within one.
_BETWEEN = re.compile(r"\s*[;|•·\n\r\t]+\s*|\s+\bor\b,?\s+|,\s*or\s+|\s+\boder\b\s+|\s+&\s+(?=Remote)|\s+\+\s+", re.I)
_COUNTED = re.compile(
    (
        r"^\s*\d+\s+(?:locations?|offices?|cities)\s*$|^multiple locations?$|^various(?: locations?)?$|^n/?a$|"
        r"^none$|^tbd$"
    ),
    re.I,
)


def split_places(text: str) -> list[str]:
    """The places that one text names, as texts, in order: "Leeds, UK; York, UK" -> two. Repeats and empty parts go.

    Only marks that never stand within a place cut here; a list by commas needs the gazetteer (`PlaceResolver.places`).
    """
    parts = (part.strip(" ,-–—") for part in _BETWEEN.split(text))
    return list(dict.fromkeys(part for part in parts if part and not _COUNTED.match(part)))


_SEPARATORS = re.compile(r"\s*[,/()\[\]:]\s*|\s+[-–—]\s*|\s*[-–—]\s+|\s+\bin\b\s+|^in\s+|\s+\bwithin\b\s+")
_POSTCODES = re.compile(r"\b\d{5}(?:-\d{4})?\b|\b\d{4} ?[A-Z]{2}\b|^\d{4}\b|\b[A-Z]\d[A-Z] ?\d[A-Z]\d\b")
UK_POSTCODE = re.compile(r"\b([A-Z]{1,2})\d[A-Z\d]? ?\d[A-Z]{2}\b", re.I)
_STREET = re.compile(
    (
        r"^\d+[a-z]?\b.*|.*\b\d+[a-z]?$|.*\b(?:street|avenue|ave|road|rd|blvd|boulevard|straße|str|suite|floor|"
        r"drive|lane)\.?$"
    ),
    re.I,
)
_NOISE = re.compile(
    r"\b(?:remote(?:ly)?|remoto|hybrid\w*|on[ -]?site|in[ -]office|in[ -]person|offices?|hq\d?|headquarters?|"
    r"based|flexible|flex|only|select locations?|"
    r"all locations?|locations?|any|distributed|friendly|travel required|telecommut\w*|telework|home|virtual|"
    r"work from home|wfh|first|eligible|dnu|"
    r"preferred|multiple|various|blank|candidates?|metro politan|and surrounding areas?|surrounding|optional|"
    r"required|full time|part time|position|"
    r"anywhere|city cent(?:re|er)|field|deutschlandweit)\b",
    re.I,
)
_QUALIFIER = re.compile(
    r"^(?:the |city of |town of |village of |county of |central |inner |outer |downtown |north |south |east |"
    r"west |north east |north west |south east |"
    r"south west |northeast |northwest |southeast |southwest |near |nr |greater |upper |state of |"
    r"province of |metropolitan city of )+|"
    r"(?: city| town| township| borough| municipality| shi| ku| area| metro area| metropolitan area|"
    r" metropolitan region| metro| region| and area| "
    r"centre| center| district| village| cdp| surrounding area| environs| suburbs| north|"
    r" south| east| west)+$"
)


def components(text: str) -> list[str]:
    """The parts of one place text that can each be a name, in order, without postcodes, streets and remarks."""
    found = []
    for part in _SEPARATORS.split(_POSTCODES.sub(" ", UK_POSTCODE.sub(" ", text))):
        bare = re.sub(r"\s+", " ", part).strip(" .-–—&*#\"'‎")
        if bare and not _STREET.match(bare):
            found.append(bare)
    return found


def without_noise(component: str) -> str:
    """A component without remarks on the way of working: "London office" -> "London"."""
    return re.sub(r"\s+", " ", _NOISE.sub(" ", component)).strip(" .-–—&*")


def without_qualifier(key: str) -> str:
    """A folded name without what says which part or kind of place it is: "greater leeds area" -> "leeds"."""
    return _QUALIFIER.sub("", key).strip()


_SCOTTISH = frozenset(["AB", "DD", "DG", "EH", "FK", "G", "HS", "IV", "KA", "KW", "KY", "ML", "PA", "PH", "TD", "ZE"])
_WELSH = frozenset(["CF", "LD", "LL", "NP", "SA"])


def uk_region(text: str) -> str | None:
    """The place id of the part of the United Kingdom whose postcode a text holds: "EH1 1AA" -> "gb/scotland"."""
    found = UK_POSTCODE.search(text)
    if not found:
        return None
    area = found[1].upper()
    if area in _SCOTTISH:
        return "gb/scotland"
    return "gb/wales" if area in _WELSH else "gb/northern-ireland" if area == "BT" else "gb/england"
