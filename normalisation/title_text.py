"""Job titles without their noise: what the advertiser added that names no occupation."""

import re
import unicodedata
from functools import lru_cache

_GENDER = re.compile(
    r"\(\s*(?:[mwfdxiv]|div|gn|inter|all(?:e)? (?:genders?|geschlechter)|human)(?:\s*[/|,*]\s*(?:[mwfdxiv]|div|gn|"
    r"inter|divers))*\s*\)|"
    r"\b[mwf]\s?/\s?[mwfd](?:\s?/\s?[dxiv])?\b|\b(?:all genders)\b|(?<=\w)(?:[*:_]in(?:nen)?|/-?in(?:nen)?|\(in\))\b",
    re.IGNORECASE,
)
# Of text in lower case.
_CONDITIONS = re.compile(
    r"\b(?:(?:100%|fully|partially|full|us|uk|eu)?[ -]?remote(?:[ -](?:first|friendly|only|ok|eligible|position|"
    r"role))?|hybrid|on-?site|in[- ]office|"
    r"work(?:ing)? from home|wfh|home[ -]?based|home ?office|telework|full[ -]?time|part[ -]?time|fulltime|"
    r"parttime|vollzeit|teilzeit|"
    r"temporary|permanent|fixed[ -]term(?: contract)?|ftc|\d+[ -]?(?:months?|mths?|weeks?)(?: (?:contract|ftc|"
    r"fixed term))?|contract(?: role| position)?(?=$|[ ,)\]-]*$)|"
    r"maternity cover|w2(?: only)?|c2c|corp to corp|contract to hire|temp to (?:hire|perm)|zero hours|bank staff|"
    r"per diem|prn|"
    r"(?:day|night|evening|weekend|late|early|2nd|3rd|1st|second|third|first|rotating)s? shifts?|nights|weekends|"
    r"urgent(?:ly)?|hiring(?: now| immediately)?|now hiring|immediate (?:start|joiner|hire)|apply now|sponsorship|"
    r"visa sponsorship|no experience(?: needed| required)?|"
    r"sign[- ]?on bonus|relocation|start asap|asap|multiple (?:positions|openings|locations)|various locations|"
    r"nationwide|all levels|"
    r"ab sofort|zum nächstmöglichen zeitpunkt|unbefristet|befristet|cdi|cdd|h/f|f/h)\b",
)
_NUMBERS = re.compile(
    r"[£$€]\s?[\d.,]+\s?k?(?:\s?-\s?[£$€]?\s?[\d.,]+\s?k?)?(?:\s?(?:/|per)\s?\w+)?|"
    r"#\s?\w*\d\w*|\b(?:req(?:uisition)?|job|ref|vacancy|posting)(?:\.|\s)?(?:id|no|number|#)?[ .:#-]*(?=\w*\d)[\w-]+|"
    r"\b[A-Z]{1,4}[-_]?\d{3,}(?:-\d+)?\b|\b\d[\d.,/-]{2,}\b|\b\d+%|\((?:[^()]*\d{3,}[^()]*)\)",
)
# Of text in lower case.
_GRADES = re.compile(r"\b(?:band|grade|level|lvl|tier|step|gs)[ -]?(?:\d{1,2}[a-d]?|[ivx]{1,4})\b|\bl[1-9]\b")
_PLACE_TAIL = re.compile(r"(?:,|\s[-–|@]|\bin\b|\()\s*(?:[A-Z][\w.'-]+\s?){1,3},\s*[A-Z]{2}\b\)?.*$")
_BREAKS = re.compile(r"\s+[-–—|•:~]+\s*|\s*[-–—|•:~]+\s+|\s*[,;|(){}\[\]•]\s*|\s/\s")
_KEEP = re.compile(r"[^\w+#&./' -]|_")
_EDGES = " .-/'&"
_LETTER = re.compile(r"[^\W\d]")

# Short forms that stand for one word wherever they are a whole word.
SHORT_FORMS = {
    "sr": "senior", "snr": "senior", "jr": "junior", "jnr": "junior", "mgr": "manager", "mngr": "manager",
    "eng": "engineer", "engr": "engineer",
    "dev": "developer", "asst": "assistant", "assoc": "associate", "admin": "administrative", "acct": "account",
    "rep": "representative",
    "dir": "director", "vp": "vice president", "svp": "senior vice president", "evp": "executive vice president",
    "avp": "assistant vice president",
    "hr": "human resources", "qa": "quality assurance", "swe": "software engineer",
    "sde": "software development engineer",
    "sdet": "software development engineer in test", "sre": "site reliability engineer", "rn": "registered nurse",
    "lpn": "licensed practical nurse",
    "lvn": "licensed vocational nurse", "cna": "certified nursing assistant", "np": "nurse practitioner",
    "pm": "project manager",
    "bdr": "business development representative", "sdr": "sales development representative",
    "cpa": "certified public accountant",
    "hgv": "heavy goods vehicle", "svc": "service", "svcs": "services", "mktg": "marketing", "mfg": "manufacturing",
    "mech": "mechanical",
    "elec": "electrical", "maint": "maintenance", "ops": "operations", "coord": "coordinator", "spec": "specialist",
    "tech": "technician",
    "anal": "analyst", "prog": "programmer", "sw": "software", "hw": "hardware", "supv": "supervisor",
    "exec": "executive", "dept": "department",
    "mgmt": "management", "info": "information", "sys": "systems", "ml": "machine learning",
    "ai": "artificial intelligence", "bi": "business intelligence",
    "ui": "user interface", "ux": "user experience", "dba": "database administrator", "pa": "physician assistant",
    "gp": "general practitioner",
    "slp": "speech language pathologist", "cfo": "chief financial officer", "ceo": "chief executive officer",
    "cto": "chief technology officer",
    "coo": "chief operating officer", "cmo": "chief marketing officer", "cio": "chief information officer",
    "crm": "crm", "fullstack": "full stack",
    "frontend": "front end", "backend": "back end", "healthcare": "health care", "helpdesk": "help desk",
    "postdoc": "postdoctoral", "cyber": "cyber",
    "cybersecurity": "cyber security", "ecommerce": "e commerce", "centre": "center", "labour": "labor",
    "programme": "program", "catalogue": "catalog",
    "paediatric": "pediatric", "anaesthetist": "anesthetist", "jeweller": "jeweler", "tyre": "tire",
    "organisation": "organization",
}  # fmt: skip
# Ranks and grades: they say how senior, not which occupation.
_RANK = re.compile(
    r"\b(?:senior|junior|entry level|entry|mid level|mid|intermediate|experienced|early career|new grad|graduate|"
    r"intern|internship|trainee|"
    r"apprentice|working student|i|ii|iii|iv|v|vi|1|2|3|4|5|registered senior)\b"
)
_LEADING_RANK = re.compile(
    r"^(?:(?:lead|principal|distinguished|associate|deputy|interim|acting|global|regional|national|group|area|"
    r"district|staff)\s+)+"
    r"(?=\w+)(?!(?:professor|dean|judge|attorney|dentist|producer|editor|pastor|nurse|accountant|assistant|"
    r"veterinarian|physician|counsel)\b)"
)
_SUFFIXES = (("ies", "y"), ("sses", "ss"), ("xes", "x"), ("ches", "ch"), ("s", ""))
_SINGULAR = {
    "sales",
    "business",
    "operations",
    "news",
    "physics",
    "mathematics",
    "logistics",
    "analytics",
    "electronics",
    "communications",
    "services",
    "hse",
    "gas",
    "bus",
    "process",
    "access",
    "wireless",
    "fitness",
    "wellness",
    "press",
    "ms",
    "us",
    "aws",
    "sas",
    "ios",
    "css",
}


_FILLERS = frozenset({"and", "or", "the", "a", "an", "&", "to"})


def _unaccented(text: str) -> str:
    if text.isascii():
        return text
    return "".join(char for char in unicodedata.normalize("NFKD", text) if not unicodedata.combining(char)).replace(
        "ß", "ss"
    )


def clean_parts(title: str) -> list[str]:
    """The parts of a title between its breaks, noise stripped, lower case, short forms written out; first part first.

    Parts that were all noise are left out. A title that is nothing but noise gives [].
    """
    return list(_clean_parts(title))


@lru_cache(maxsize=50_000)  # cleaning is asked again of what it gave, and many titles come to the same
def _clean_parts(title: str) -> tuple[str, ...]:
    text = unicodedata.normalize("NFKC", title)
    text = _GENDER.sub(" ", text)
    text = _PLACE_TAIL.sub("", text) or text
    text = _NUMBERS.sub(" ", text)
    text = _CONDITIONS.sub(" ", _GRADES.sub(" ", text.lower()))
    parts = []
    for part in _BREAKS.split(_unaccented(text)):
        words = [word.strip(_EDGES) for word in _KEEP.sub(" ", part).replace("/", " / ").split()]
        joined = " ".join([SHORT_FORMS.get(word, word) for word in words if word])
        if _LETTER.search(joined):
            parts.append(joined)
    return tuple(parts)


def clean_title(title: str) -> str:
    """A title as people would say it: parts joined by ", ", noise gone, seniority kept; cleaning is idempotent."""
    cleaned = ", ".join(clean_parts(title))
    if cleaned == title.lower():
        return cleaned  # there was nothing to clean
    for _ in range(4):  # what noise had parted may be noise once joined
        again = ", ".join(clean_parts(cleaned))
        if again == cleaned:
            break
        cleaned = again
    return cleaned


def _singular(word: str) -> str:
    if word in _SINGULAR or len(word) < 4 or word.endswith(("ss", "us", "is")):
        return word
    return next((word[: -len(suffix)] + stem for suffix, stem in _SUFFIXES if word.endswith(suffix)), word)


@lru_cache(maxsize=50_000)  # lists, model and keys all ask for it
def match_words(text: str) -> tuple[str, ...]:
    """One part's words for matching: ranks dropped, plurals folded, filler words left out."""
    bare = _RANK.sub(" ", text)
    bare = _LEADING_RANK.sub("", " ".join(bare.split())) or text
    words = [_singular(word.strip(_EDGES)) for word in bare.replace("/", " ").replace("-", " ").split()]
    return tuple([word for word in words if word and word not in _FILLERS])
