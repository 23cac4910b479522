r"""Masks what identifies a person in a text: e-mail addresses, phone numbers, names after an explicit cue.

Ingestion applies it to every text column at parsing, so it errs on the side of leaving a figure alone: a pay
range, a date or a requisition number is never a phone number. Only the Rust regular expressions of polars are
used. They have no look-around, so a pattern takes the character before it along and puts it back; and they fall
back to a slow engine on a Unicode `\b` beside non-ASCII text, so word borders here are ASCII ones.
"""

import polars as pl

from normalisation.columns import one


def _any_case(words: str) -> str:
    """A pattern of the words in any case. The engine's own `(?i)` is Unicode's, which costs it every short cut."""
    return "(?:" + "".join(f"[{c.upper()}{c}]" if c.isalpha() else c for c in words) + ")"


EMAIL_MARK, PHONE_MARK, NAME_MARK = "[e-mail]", "[phone]", "[name]"

# Put between a cue and what follows it to say "this is no phone number, no name"; removed at the end.
SHIELD = "\ue000"

EMAIL = r"[\w.%+\-]+@[\w\-]+(?:\.[\w\-]+)*\.[A-Za-z]{2,24}"
# "jane [at] example [dot] com"
SPELT_AT = r"(?i)[\[({] ?at ?[\])}]"
SPELT_EMAIL = (
    r"(?i)[a-z0-9._\-]+ ?[\[({] ?at ?[\])}] ?[a-z0-9\-]+(?: ?(?:[\[({] ?(?:dot|punkt) ?[\])}]|"
    r"\.) ?[a-z]{2,24})+"
)

# What may stand before a phone number: nothing that makes it part of an amount, an identifier or a longer number.
BEFORE = r"(^|[^0-9A-Za-z_$£€¥₹#%.,+/\-" + SHIELD + r"])"
INTERNATIONAL = r"\+[1-9](?:[ .\-/()\u00a0]{0,3}[0-9]){7,14}"
ZERO_ZERO = r"00[ \-]?[1-9][0-9]{0,2}[ \-./()]{1,3}[0-9](?:[ \-./()]{0,2}[0-9]){7,11}"
NORTH_AMERICA = r"(?:1[ .\-]{1,2})?(?:\([2-9][0-9]{2}\) ?[.\-]?|[2-9][0-9]{2}[ .\-/])[2-9][0-9]{2}[ .\-][0-9]{4}"
VANITY = r"1-8(?:00|33|44|55|66|77|88)-(?:[A-Z0-9]{3}-[A-Z0-9]{4}|[A-Z]{7,10})"
# 020 7946 0958, 01223 123456, 07700 900 123, 030 / 1234567, 0176 12345678, (02) 9876 5432
NATIONAL = (
    r"(?:\(0[0-9]{1,4}\)[ \-]{0,2}[0-9]{3,8}(?:[ \-][0-9]{2,5}){0,2}"
    r"|0[1-9][0-9]{1,4}[ ./\-]{1,3}"
    r"(?:[0-9]{6,8}|[0-9]{3,4}[ .\-][0-9]{3,4}(?:[ .\-][0-9]{2,4})?|[0-9]{2,3}(?:[ .\-][0-9]{2}){2,3})"
    r"|0[1-9](?:[ .\-][0-9]{2}){4})"
)
# Digits as any phone number has them: one cheap search spares most texts the patterns above and below.
DIGITS = r"[0-9][0-9 ()./\-\u00a0]{5,}[0-9]|1-8[0-9]{2}-"
PHONE = rf"{BEFORE}(?:{INTERNATIONAL}|{ZERO_ZERO}|{NORTH_AMERICA}|{VANITY}|{NATIONAL})(?-u:\b)"
# Without a form of its own a number is a phone number only where the text says so. It does not begin like a year.
CUED_PHONE = (
    r"(?i)((?-u:\b)(?:tele?phone|telefon|téléphone|teléfono|phone|tel|tél|mobile|mobil|mob|handy|cell|fax|"
    r"whats ?app|call|ring)"
    r"(?:[ .]{1,2}(?:us|me|on|at|number|no|nr|is|auf|unter)){0,3}[.:#]{0,2}\s{0,2})"
    r"\(?(?:[03-9]|1[0-8]|2[1-9])(?:[ .\-/()]{0,3}[0-9]){6,14}(?-u:\b)"
)

# Numbers that are not phone numbers though they may look it.
IDENTIFIER = (
    r"(?i)((?-u:\b)(?:req(?:uisition)?|job|ref(?:erence|erenz)?|referenznummer|posting|vacancy|announcement|"
    r"control|position|case|ticket|"
    r"kennziffer|stellen-?id|id)(?:[ \-]?(?:id|no|nr|num|number|nummer|code))?[ .:#]{0,3})(\(?[+0-9])"
)

TITLE = r"(?:(?:Mr|Mrs|Ms|Miss|Dr|Prof|Herrn?|Frau|Mme|M)\.? ){1,2}"
WORD = r"\p{Lu}[\p{Ll}'’]+(?:[\-'’]?\p{Lu}\p{Ll}+){0,2}"
INITIAL = r"(?: \p{Lu}\.)?"
NAME = rf"(?:{TITLE}{WORD}{INITIAL}(?: {WORD}){{0,2}}|{WORD}{INITIAL}(?: {WORD}){{1,2}})"
NAME_CUE = _any_case(
    "contact person|contact name|contact|recruiter name|recruiter|recruiting contact|talent partner|hiring manager|"
    "ansprechpartnerin|ansprechpartner|ansprechperson|kontaktperson|kontakt|personne à contacter|persona de contacto|"
    "posted by"
)
REACH_CUE = _any_case("contact|call|email|e-mail|write to|reach out to|speak to|kontaktieren sie")
# What every such cue has before its colon, cheap to find.
LABELS = (
    r"(?:ontact|ONTACT|ontakt|ecruiter|ECRUITER|anager|ANAGER|artner|ARTNER|nsprechp|NSPRECHP|osted [Bb]y)"
    r"[A-Za-z ]{0,14}[:–\-]"
)
# "Contact: Jane Doe", "Ansprechpartnerin: Frau Muster"
LABELLED_NAME = rf"({NAME_CUE} ?[:\-–] ?(?:\n ?)?){NAME}"
# "please contact Jane Doe, Ward Manager, on [phone]": without a label only where a way to reach them follows
REACHABLE_NAME = rf"({REACH_CUE} ){NAME}([^.\n]*?\[(?:e-mail|phone)\])"
# Words that begin the name of an office, not of a person.
OFFICE = (
    r"(?:Human|HR|Customer|Client|Talent|People|Sales|Career|Careers|Recruit\w*|Personnel|Staff\w*|The|Our|"
    r"Your|Us|Department|Office|"
    r"Support|Service|Services|Team|General|Technical|Information|Accounts|Job|Jobs|Email|E-Mail|Phone|"
    r"Telephone|Website|Web|No|Not|"
    r"National|International|Federal|University|School|College|Hospital|Trust|Center|Centre|Human-Resources|"
    r"Personal\w*|Bewerb\w*)"
)
OFFICE_AFTER_CUE = rf"((?:{NAME_CUE} ?[:\-–] ?|{REACH_CUE} ))({OFFICE}(?-u:\b))"
PROFILE = r"(?i)(linkedin\.com/in/)[\w%\-.]+"


def mask_personal_data(text: pl.Expr) -> pl.Expr:
    """`text` with e-mail addresses, phone numbers, and names of contact persons replaced by marks; null stays null.

    Masking masked text changes nothing. The character U+E000 (private use), if the text has it, is removed.
    """
    return text.map_batches(_masked, return_dtype=pl.String, is_elementwise=True)


def mask_text(text: str | None) -> str | None:
    """`mask_personal_data` for one text."""
    masked: str | None = one(mask_personal_data, text)
    return masked


def _masked(texts: pl.Series) -> pl.Series:
    # Few texts hold any of it. One search finds those; the replacements, which cost more, run on them alone.
    text = pl.col("text")
    phones = (
        text.str.replace_all(IDENTIFIER, "${1}" + SHIELD + "${2}")
        .str.replace_all(PHONE, "${1}" + PHONE_MARK)
        .str.replace_all(CUED_PHONE, "${1}" + PHONE_MARK)
        .str.replace_all(SHIELD, "", literal=True)
    )
    shielded = text.str.replace_all(OFFICE_AFTER_CUE, "${1}" + SHIELD + "${2}")
    labelled = shielded.str.replace_all(LABELLED_NAME, "${1}" + NAME_MARK).str.replace_all(SHIELD, "", literal=True)
    reachable = shielded.str.replace_all(REACHABLE_NAME, "${1}" + NAME_MARK + "${2}")
    steps = [
        (text.str.contains(SHIELD, literal=True), text.str.replace_all(SHIELD, "", literal=True)),
        (text.str.contains("@", literal=True), text.str.replace_all(EMAIL, EMAIL_MARK)),
        (text.str.contains(SPELT_AT), text.str.replace_all(SPELT_EMAIL, EMAIL_MARK)),
        (text.str.contains(DIGITS), phones),
        (text.str.contains(LABELS), labelled),
        (
            text.str.contains(r"\[(?:e-mail|phone)\]"),
            reachable.str.replace_all(SHIELD, "", literal=True),
        ),
        (text.str.contains("/in/", literal=True), text.str.replace_all(PROFILE, "${1}" + NAME_MARK)),
    ]
    for condition, replaced in steps:
        texts = _where(texts, condition, replaced)
    return texts


def _where(texts: pl.Series, condition: pl.Expr, replaced: pl.Expr) -> pl.Series:
    """`texts` with those that meet the condition replaced; the others are not looked at again."""
    frame = texts.alias("text").to_frame()
    hit = frame.select(condition).to_series().fill_null(False)
    if not hit.any():
        return texts
    changed = frame.filter(hit).select(replaced).to_series()
    at = hit.cum_sum().cast(pl.Int64) - 1
    return changed.gather(at.clip(0, None)).zip_with(hit, texts)
