"""The words of pay statements: currencies, periods, kinds, and what looks like pay but is not."""

import re

# Signs and names as written, longest first; a value of None is a sign that several countries share.
CURRENCY_WORDS: dict[str, str | None] = {
    "us$": "USD", "$us": "USD", "usd$": "USD", "ca$": "CAD", "c$": "CAD", "cad$": "CAD", "can$": "CAD", "au$": "AUD",
    "a$": "AUD", "aud$": "AUD", "nz$": "NZD", "hk$": "HKD", "s$": "SGD", "sg$": "SGD", "nt$": "TWD", "r$": "BRL",
    "mx$": "MXN", "mex$": "MXN", "$": None, "£": "GBP", "€": "EUR", "₹": "INR", "rs.": "INR", "rs": "INR", "inr": "INR",
    "¥": None, "円": "JPY", "元": "CNY", "rmb": "CNY", "₩": "KRW", "원": "KRW", "₽": "RUB", "руб.": "RUB", "руб": "RUB",
    "рублей": "RUB", "р.": "RUB", "zł": "PLN", "zl": "PLN", "pln": "PLN", "kč": "CZK", "kc": "CZK", "ft": "HUF",
    "kr.": None, "kr": None, "fr.": "CHF", "sfr.": "CHF", "sfr": "CHF", "bs.": "BOB", "bs": "BOB", "₺": "TRY",
    "tl": "TRY", "₪": "ILS", "₱": "PHP", "฿": "THB", "₫": "VND", "₴": "UAH", "грн": "UAH", "₸": "KZT", "тг": "KZT",
    "₦": "NGN", "֏": "AMD", "dirhams": "AED", "rm": "MYR", "rp": "IDR", "s/": "PEN", "euros": "EUR", "euro": "EUR",
    "eur.": "EUR", "pounds": "GBP", "sterling": "GBP", "uk pounds": "GBP", "rupees": "INR", "dollars": None,
    "us dollars": "USD",
    "francs": "CHF", "kronor": "SEK", "kroner": None, "лв": "BGN", "lei": "RON",
}  # fmt: skip
CODES = [
    "usd", "gbp", "eur", "cad", "aud", "nzd", "chf", "inr", "jpy", "krw", "ils", "nok", "sgd", "isk", "zar", "sek",
    "dkk", "pln", "czk", "huf", "ron", "bgn", "rsd", "uah", "rub", "byn", "kzt", "amd", "gel", "azn", "try", "aed",
    "sar", "qar", "kwd", "bhd", "omr", "egp", "mad", "ngn", "kes", "ghs", "pkr", "bdt", "lkr", "npr", "php", "myr",
    "idr", "vnd", "thb", "cny", "hkd", "twd", "brl", "mxn", "ars", "clp", "cop", "pen", "bob", "uyu", "pyg", "crc",
    "gtq", "dop", "uzs",
]  # fmt: skip
CURRENCY_WORDS |= {code: code.upper() for code in CODES}

_DOLLARS = {
    country: code
    for code, countries in {
        "USD": "US PR EC SV PA", "CAD": "CA", "AUD": "AU", "NZD": "NZ", "SGD": "SG", "HKD": "HK", "TWD": "TW",
        "MXN": "MX", "ARS": "AR", "CLP": "CL", "COP": "CO",
    }.items()
    for country in countries.split()
}  # fmt: skip
_KRONE = {"SE": "SEK", "NO": "NOK", "DK": "DKK", "IS": "ISK"}
_SHARED: dict[str, dict[str, str]] = {
    "$": _DOLLARS, "dollars": _DOLLARS, "¥": {"JP": "JPY", "CN": "CNY"}, "kr": _KRONE, "kr.": _KRONE, "kroner": _KRONE,
}  # fmt: skip
_SHARED_CURRENCIES = {sign: set(meanings.values()) for sign, meanings in _SHARED.items()}


def currency_of(sign: str | None, country: str | None, hint: str | None) -> str | None:
    """The ISO code that a sign means; a shared sign needs the country, or a hint that the sign can mean.

    With no sign at all the hint answers.
    """
    if sign is None:
        return hint
    code = CURRENCY_WORDS[sign]
    if code is not None:
        return code
    if hint in _SHARED_CURRENCIES[sign]:
        return hint
    return _SHARED[sign].get(country or "")


def _alternatives(words: list[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


_SIGNS = [word for word in CURRENCY_WORDS if not word[0].isalpha()]
_LETTERS = [word for word in CURRENCY_WORDS if word[0].isalpha()]
# "r" alone is the rand, but only right before a figure.
CURRENCY = rf"(?:{_alternatives(_SIGNS)}|(?<![a-zа-я]){'(?:' + _alternatives(_LETTERS) + ')'}(?![a-zа-я]))"

# What each period is called. A bare "pm", "pa", "d" counts only beside a figure, which the grammar sees to.
_PERIOD_WORDS: dict[str, str] = {
    "hour": r"hours?|hourly|hrly|hrs?|p\.? ?/? ?hr?\.?(?:our)?|p\.hr|stunden?|std\.?|stündlich|stundenlohn|"
    r"heures?|horas?|"
    r"ora|uur|uurloon|godz\.?|godzin[aęy]|(?<=/)h|(?<=/ )h|小时|時給|时薪|час",
    "day": r"days?|daily|diem|p\.? ?/? ?d\.?|day ?rate|tage?s?|täglich|tagessatz|jours?|journalier|tjm|d[ií]as?|"
    r"dia|dag|"
    r"dagtarief|dzień|giorno|(?<=/)d|(?<=/ )d|天|日|日薪|день",
    "week": r"weeks?|weekly|wks?|p\.? ?/? ?w\.?k?|wochen?|wöchentlich|semaine|hebdomadaire|semana|semanal|week|周|週|"
    r"周薪|неделю",
    "fortnight": r"fortnights?|fortnightly|bi-?weekly|2 weeks|two weeks|zwei wochen",
    "month": r"months?|monthly|mth|mos?|pcm|p\.? ?/? ?c?\.?m\.?|monate?|monatlich|monatsgehalt|mtl\.?|mois|"
    r"mensuels?|mensuelle|"
    r"m[eê]s|mensual|mensal|mese|mensile|maand|miesiąc|mies\.?|miesięcznie|měsíčně|měsíc|月|月薪|月給|месяц|мес\.?",
    "year": r"ann?um\w*|years?|yearly|annual(?:ly|i[sz]ed)?|yrs?|p\.? ?/? ?a\.?(?:nn?)?|p\.?y|jahre?s?|"
    r"jährlich|jahresgehalt|"
    r"annuel(?:le|s)?|ans?|año|anual(?:es)?|ano|anno|annuo|annui|jaar|ral|rok|rocznie|ročně|年|年薪|年収|год|lpa",
}
_BY = r"(?:per|pr|a|an|each|every|/|p\.?|pro|je|par|de l'|l'|por|al|ao|la|all'|per|na|za|в|/ ?per)"
PERIOD = "|".join(
    f"(?P<{name}>{words})" for name, words in sorted(_PERIOD_WORDS.items(), key=lambda item: item[0] != "fortnight")
)
# Right after a figure: "per hour", "/hr", "p.a.", "hourly"; and before one: "hourly rate of", "Tagessatz".
PERIOD_AFTER = re.compile(
    rf"\.?[\s(]*(?:brutto|brut|gross|net|netto|bruto|lordi)?[\s(]*{_BY}?[\s-]*(?:{PERIOD})(?![a-zа-яäöüß0-9])\)?"
)
_NAMED = (
    r"(?<![a-zäöü])(?:(?P<hour>hourly|hour rate|stundenlohn|rate per hour|uurloon|per hour)|(?P<day>daily|"
    r"day rate|rate per day|tagessatz|tjm|dagtarief)|"
    r"(?P<fortnight>fortnightly|bi-?weekly)|(?P<week>weekly|wochenlohn)|(?P<month>monthly|monatsgehalt|"
    r"mensuel(?:le)?|mensual|mensal|per month)|"
    r"(?P<year>annual(?:ly|i[sz]ed)?(?! leave)|yearly|per annum|per year|jahres\w+|annuel(?:le)?|anual|"
    r"ral))(?![a-zäöü])|"
    r"(?P<hour2>时薪|時給)|(?P<day2>日薪)|(?P<month2>月薪|月給)|(?P<year2>年薪|年収)"
)
PERIOD_NAMED = re.compile(_NAMED)

OPEN_TOP_BEFORE = re.compile(
    r"(?:\bfrom|\bstart(?:s|ing)?(?: (?:salary|pay|rate|wage))?(?: (?:at|from|of|is|:))*|\bminimum(?: of)?|"
    r"\bmin\.?|\bat least|"
    r"\bmore than|\bover|\babove|\bab|\bmind(?:estens|\.)?|\bà partir de|\bdès|\bminimum de|\bdesde|"
    r"\ba partir (?:de|di)|\bvanaf|"
    r"\bod|\bот|\bwants? to earn|\blooking for|>)\s*:?\s*$"
)
OPEN_BOTTOM_BEFORE = re.compile(
    r"(?:\bup ?to(?: a max(?:imum)?(?: of)?)?|(?<![\d.] )\bto|\bmax(?:imum)?\.?(?: of)?|\bbis(?: zu)?|"
    r"\bjusqu'[àa]|\bhasta|\baté|\bfino a|\btot|\bdo|"
    r"\bдо|\bunder|\bless than|\bnot exceeding|\bno more than|\bcapped at|<)\s*(?:a |c\.?|circa |approx\.? )?:?\s*$"
)
OPEN_TOP_AFTER = re.compile(
    r"\s*(?:\+(?!\s*(?:\w|[$£€]))|\+\s*/|and (?:up|above|over)|or (?:more|above|over)|upwards?|plus(?=\s*$)|"
    r"(?:-|to)\s*(?:competitive|negotiable|open|doe))"
)

# The kinds of pay that are not base; looked for in the clause around a figure.
OTE = re.compile(
    r"\bote\b|on[- ]target|target earnings|potential(?:ly)?(?: to)? earn|earning potential|uncapped|\bposs earn"
)
TOTAL = re.compile(r"total (?:cash|comp\w*|rewards?|package|pay\b|target comp\w*|earnings)|\btc\b")
# Alternatives share one `\b`: an alternative that begins with a letter is passed over at once, one with `\b` is tried.
ESTIMATED = re.compile(r"\b(?:est\.|estimate[ds]?\b|predicted\b)|glassdoor est")
BONUS = re.compile(
    r"\b(?:bonus|(?:joining|welcome|referral|retention|relocation|signing|commission|tips?|gratuit(?:y|ies)|"
    r"prime|award)\b|incentive)|sign(?:ing)?[- ]?on\b|prämie"
)
EQUITY = re.compile(r"\bequity\b|\bstock\b|\brsus?\b|\b(?:stock|share) options?\b")
NOT_PAY = re.compile(
    r"\b(?:raised?|raising|funding|series [a-f]\b|revenues?|turnover|budgets?|portfolio|assets|aum|arr|mrr|"
    r"valuation|valued|sales of|"
    r"loans?|mortgages?|contribut\w+|match(?:es|ing|ed)?|stipends?|allowances?|tuition|reimburs\w+|insurance|"
    r"coverage|deductible|"
    r"per session|/session|discounts?|voucher|gift|savings?|donat\w+|grants?|invest(?:ed|ment|or|ors|ing)|backed|"
    r"transactions?|customers?|users|companies|"
    r"industry|fees?|costs?|worth|prize|spend|spending|founded|established|since|req(?:uisition)? id|job id|"
    r"on the dollar)\b"
)
# Figures that count something else, blanked out before amounts are looked for. None of them follows a currency sign.
DISTRACTORS = re.compile(
    r"(?=[\d(+])(?<![$£€₹\d.,])(?:"
    r"\(?\+?\d{0,3}\)?[ .-]?\(?\d{3,5}\)?[ .-]\d{3}[ .-]\d{4}\b|"  # telephone numbers
    r"\d{1,2}[/.]\d{1,2}[/.](?:19|20)?\d\d\b|20\d\d/\d\d\b|"  # dates and school years
    r"\d[\d.,]*\s*(?:-|to)\s*\d[\d.,]*\s*%|\d[\d.,]*\s*%|"
    r"40[13]\s?\(?[akb]\)?\b|24/7\b|"
    r"(?:\d[\d.,]*\s*(?:-|to|or)\s*)?\d[\d.,]*\s*\+?[ -]?(?:hours|hrs|days|weeks|months|years?(?= (?:old|of|exp))|"
    r"years|yrs|minutes|employees|"
    r"people|staff|users|customers|companies|countries|locations|offices|miles|km|pas?(?= locum)|pas\b|sessions|"
    r"points?)\b|"
    r"\d(?:\.\d+)?\s*(?:wte|fte)\b|\d+(?:am|pm)\b)|"
    r"(?=[abglst])(?<![a-z])(?:(?:step|point|level|tier|scp|spine point)s?\s+\d+(?:\s*-\s*\d+)?(?![\d,.]*\d{3})|"
    r"(?:afc )?bands?\s+[1-9][a-d]?\b|grade\s+[a-z]?\d{1,2}\b|gs-\d{1,2}\b)"
)
NONE_STATED = re.compile(
    r"competitive|negotiable|not (?:disclosed|specified|stated|provided)|undisclosed|confidential|\bdoe\b|"
    r"depend\w* (?:up)?on|attractive|"
    r"n/?a\b|commensurate|market rate|nach vereinbarung|à négocier|selon profil|a convenir|a combinar|unpaid|volunt"
)
SALARY_WORD = re.compile(
    r"\b(?:salar(?:y|ies)|pay|paid|wages?|rate|compensation|remuneration|rémunération|salaire|gehalt|vergütung|"
    r"basic|base|basis|package|earn\w*|"
    r"income|bonus|benefits?|negotiable|ote|pension|tips|doe|salario|salário|stipendio|loon|lohn|entgelt|"
    r"per annum|hourly|annual(?:ly)?|pro rata|depend\w* (?:up)?on|comms|commission|wte|fte|bens|circa|p/annum)\b"
)
# What may stand beside a figure in a field that holds nothing but pay.
FILLER = re.compile(r"\b(?:up|to|from|upto|starting|at|circa|c|approx|around|between|and|or|max|min|ca)\b")
GRADE = re.compile(
    r"\b(?:afc\s+)?band\s+(?P<band>[1-9][a-d]?)\b|\bgrade\s+(?P<grade>[a-z]?\d{1,2})\b|\b(?P<gs>gs-\d{1,2})\b"
)
GROSS = re.compile(r"\b(?:gross|brut|brutto|bruto|lord[aio]|до вычета)\b")
NET = re.compile(r"\b(?:net(?! (?:worth|promoter|zero))|netto|neto|nett[aio]|na rękę|на руки|after tax|take[- ]home)\b")
