"""Numbers of postings: the same however a source writes them, and none where there is none."""

import polars as pl
import pytest

from normalisation.columns import one
from normalisation.posting_numbers import ats_id, requisition_id

UUID = "0dc0a0f9-7c59-468c-8bc7-8918a09d24d4"


@pytest.mark.parametrize(
    ("said", "url", "known"),
    [
        ("greenhouse:1234567", "https://jobs.lever.co/acme/" + UUID, "greenhouse:1234567"),
        (None, "https://boards.greenhouse.io/acme/jobs/4956672008", "greenhouse:4956672008"),
        (None, "https://boards.greenhouse.io/embed/job_app?for=acme&token=4956672008", "greenhouse:4956672008"),
        (None, "https://acme.example/careers/job?dept=2&gh_jid=7746718", "greenhouse:7746718"),
        (None, f"https://jobs.lever.co/acme/{UUID}/apply", f"lever:{UUID}"),
        (None, f"https://jobs.ashbyhq.com/acme/{UUID.upper()}", f"ashby:{UUID}"),
        (None, "https://www.usajobs.gov/job/844112500", "usajobs:844112500"),
        (None, "https://jobs.smartrecruiters.com/Acme/743999912345678-cook", "smartrecruiters:743999912345678"),
        (None, "https://acme.example/jobs/12345", None),
        (None, None, None),
    ],
)
def test_the_id_of_an_applicant_system(said: str | None, url: str | None, known: str | None) -> None:
    assert one(ats_id, said, url) == known


@pytest.mark.parametrize(
    ("said", "title", "url", "known"),
    [
        ("R-0012345", "Cook", None, "R0012345"),
        ("Req ID: R0012345", "Cook", None, "R0012345"),
        ("Requisition # 0012345", "Cook", None, "R0012345"),
        ("JR-104512", "Cook", None, "JR104512"),
        ("Job ID 4711", "Cook", None, "4711"),
        ("ref. abc-4711", "Cook", None, "ABC4711"),
        (None, "Cook (Req 0012345)", None, "R0012345"),
        (None, "Cook - Job ref: AB12345", None, "AB12345"),
        (None, "Cook", "https://acme.wd5.myworkdayjobs.com/careers/job/Reno/Cook_R158921-1", "R158921"),
        ("TBD", "Cook", None, None),
        ("0", "Cook", None, None),
        (None, "Cook, 2nd shift, 12345 Main St", None, None),
        (None, "Prerequisite 12345", None, None),
        (None, None, None, None),
    ],
)
def test_requisition_numbers(said: str | None, title: str | None, url: str | None, known: str | None) -> None:
    assert one(requisition_id, said, title, url) == known


def test_many_at_once_are_each_their_own() -> None:
    rows = pl.DataFrame({"said": ["R-1234", None, None], "title": ["Cook", "Cook (Req 1235)", None], "url": [None] * 3})
    found = rows.cast(pl.String).select(requisition_id(pl.col("said"), pl.col("title"), pl.col("url")))
    assert found.to_series().to_list() == ["R1234", "R1235", None]
