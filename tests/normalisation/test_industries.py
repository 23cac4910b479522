"""Industry sectors."""

import polars as pl
import pytest

from normalisation.columns import one
from normalisation.industries import SECTORS, industry

FIELDS = [
    ("Biotech & Pharmaceuticals", "31-33"),
    ("Insurance Carriers", "52"),
    ("Health insurance", "52"),
    ("Hospitals and Health Care", "62"),
    ("Software Development", "51"),
    ("IT Services and IT Consulting", "54"),
    ("Staffing & Outsourcing", "56"),
    ("Higher Education", "61"),
    ("Government Administration", "92"),
    ("Gas Stations", "44-45"),
    ("Oil & Gas", "21"),
    ("Renewable Energy", "22"),
    ("Real Estate", "53"),
    ("Hotels, Restaurants", "72"),
    ("Trucking", "48-49"),
    ("Maschinenbau", "31-33"),
    ("541511", "54"),
    ("44", "44-45"),
    ("-1", None),
    ("Unknown", None),
]


@pytest.mark.parametrize(("text", "sector"), FIELDS)
def test_a_field_names_a_sector(text: str, sector: str | None) -> None:
    found = one(industry, text, None, None)
    assert found == {"industry": sector, "industry_origin": "field" if sector else None}


@pytest.mark.parametrize(
    ("category", "sector"),
    [("Healthcare & Nursing Jobs", "62"), ("IT Jobs", None), ("Accounting & Finance Jobs", None)],
)
def test_a_category_counts_only_where_it_names_a_sector(category: str, sector: str | None) -> None:
    assert one(industry, None, category, None)["industry"] == sector


@pytest.mark.parametrize(
    ("employer", "sector"),
    [
        ("St Elsewhere NHS Foundation Trust", "62"),
        ("Northwind University", "61"),
        ("City of Springfield", "92"),
        ("Fabrikam Bank", "52"),
        ("Healthcare Staffing Professionals", "56"),
        ("Northwind Traders", None),
    ],
)
def test_an_employer_s_name_tells_the_sector(employer: str, sector: str | None) -> None:
    assert one(industry, None, None, employer) == {"industry": sector, "industry_origin": sector and "employer"}


def test_the_field_is_believed_before_the_employer() -> None:
    assert one(industry, "Software", None, "Fabrikam Bank") == {"industry": "51", "industry_origin": "field"}


def test_every_answer_is_a_sector_and_rows_keep_their_order() -> None:
    texts = [text for text, _ in FIELDS] * 3
    rows = pl.DataFrame({"field": texts, "none": pl.Series([None] * len(texts), dtype=pl.String)})
    found = rows.lazy().select(industry(pl.col("field"), pl.col("none"), pl.col("none"))).collect().to_series()
    assert found.struct.field("industry").to_list() == [sector for _, sector in FIELDS] * 3
    assert {sector for _, sector in FIELDS if sector} <= set(SECTORS)
