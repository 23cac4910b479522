"""The numbers by which a posting is known again: its id in an applicant system, and its employer's requisition number.

Sources give them in fields, in links and in titles, and write them in several ways. What comes out can be compared
across sources; whose numbers they are, and what two different ones mean, is for ingestion.openings to judge.
"""

import polars as pl

from normalisation.columns import remembered

# Applicant systems whose links hold the id that their own lists give too. Ids are theirs, not a tenant's.
_UUID = r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
ATS_LINKS = (
    ("greenhouse", r"[?&]gh_jid=(\d{4,})"),
    ("greenhouse", r"greenhouse\.io/(?:[^?]*/jobs/|embed/job_app\?(?:.*&)?token=)(\d{4,})"),
    ("lever", rf"jobs\.(?:eu\.)?lever\.co/[^/?]+/({_UUID})"),
    ("ashby", rf"ashbyhq\.com/[^/?]+/({_UUID})"),
    ("ashby", rf"[?&]ashby_jid=({_UUID})"),
    ("smartrecruiters", r"smartrecruiters\.com/[^/?]+/(\d{9,})"),
    ("usajobs", r"usajobs\.gov/(?:job|GetJob/ViewDetails)/(\d{6,})"),
)
_LINKED_REQUISITION = r"(?i)myworkdayjobs\.com/[^?]*_((?:JR|REQ|R)-?\d{3,})"
_TITLED_REQUISITION = (
    r"(?i)\b((?:req(?:uisition)?|job|ref(?:erence)?)\b[ .]*(?:id|no|number|code)?[ .:#]*[a-z]{0,4}-?\d{4,})\b"
)


def ats_id(said: pl.Expr, url: pl.Expr) -> pl.Expr:
    """ "greenhouse:4956672008": as the source says, else as the link to the posting tells; null where neither does."""
    linked = (
        pl.concat_str(pl.lit(f"{system}:"), url.str.extract(pattern).str.to_lowercase())
        for system, pattern in ATS_LINKS
    )
    return pl.coalesce(said, *linked)


def requisition_id(said: pl.Expr, title: pl.Expr, url: pl.Expr) -> pl.Expr:
    """The employer's number in capitals and digits alone: "Req. # R-0012345" is R0012345; null where there is none.

    Words for "number" go; "Req 12345" and "R-12345" are one. A field without a digit ("TBD") is no number.
    """
    found = pl.coalesce(said, remembered(title, _titled, pl.String), url.str.extract(_LINKED_REQUISITION))
    return remembered(found, _plain, pl.String)


def _titled(title: pl.Expr) -> pl.Expr:
    return title.str.extract(_TITLED_REQUISITION)


def _plain(text: pl.Expr) -> pl.Expr:
    letters = text.str.to_uppercase().str.replace_all(r"[^A-Z0-9]", "")
    plain = letters.str.replace(r"^(?:REFERENCE|REF|JOB)(?:ID|NO|NUMBER|CODE|REF)?([A-Z]{0,4}\d)", "$1").str.replace(
        r"^(?:REQUISITION|REQ|R)(?:ID|NO|NUMBER|CODE)?R?(\d)", "R$1"
    )
    return pl.when(plain.str.contains("[1-9]")).then(plain)
