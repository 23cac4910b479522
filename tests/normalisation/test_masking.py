"""What identifies a person is masked, and a figure never is."""

from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from normalisation.masking import mask_personal_data, mask_text

MASKED = [
    ("Mail jane.doe+jobs@example.co.uk today", "Mail [e-mail] today"),
    ("write to müller@beispiel.de.", "write to [e-mail]."),
    ("jane [at] example [dot] com", "[e-mail]"),
    ("Phone +44 (0)20 7946 0958", "Phone [phone]"),
    ("+49 30 1234567 or 0176 12345678", "[phone] or [phone]"),
    ("+1-415-555-0199", "[phone]"),
    ("0044 20 7946 0958", "[phone]"),
    ("(212) 555-0123, 415.555.0199", "[phone], [phone]"),
    ("Toll-free 1-800-555-0199", "Toll-free [phone]"),
    ("1-800-FLOWERS", "[phone]"),
    ("01234 567890 / 07700 900 123", "[phone] / [phone]"),
    ("030 / 1234567", "[phone]"),
    ("01 23 45 67 89", "[phone]"),
    ("(02) 9876 5432", "[phone]"),
    ("tel: 5551234567", "tel: [phone]"),
    ("WhatsApp 98765 43210", "WhatsApp [phone]"),
    ("Contact: Jane Doe", "Contact: [name]"),
    ("Recruiter: Mr. John A. Smith", "Recruiter: [name]"),
    ("Ansprechpartnerin: Frau Müller-Lüdenscheid", "Ansprechpartnerin: [name]"),
    ("please contact Jane Doe, Ward Manager, on 01234 567890", "please contact [name], Ward Manager, on [phone]"),
    ("https://www.linkedin.com/in/jane-doe-12/", "https://www.linkedin.com/in/[name]/"),
]
KEPT = [
    "$120,000 - 150,000",
    "$120,000.00 - $150,000.00 per year",
    "£30,000-45,000 per annum, 25.50 an hour",
    "35 000 - 45 000 EUR",
    "60 000 – 80 000 PLN + 10 000 bonus",
    "CHF 100'000 – 120'000",
    "50.000 - 60.000 € brutto",
    "salary 40000-50000",
    "US$ 120000-150000",
    "Rs. 5,00,000 - 8,00,000",
    "¥6,000,000-9,000,000",
    "₹12,00,000 to ₹18,00,000 CTC",
    "call for $120000000 in funding",
    "$415 555 0199",
    "120000.00 - 180000.00 USD 2024/2025",
    "600 000 - 900 000 HUF",
    "2024-05-01",
    "2024-05-01 10:00:00",
    "01/02/2024 - 03/04/2024",
    "01.02.2024 - 03.04.2024",
    "call on 2024-05-01",
    "1-800 employees",
    "0.5 - 1.0 FTE, 37.5 hours, 24/7",
    "037/2024",
    "Job ID: 555-234-4567",
    "Req #2025551234",
    "JR-555-234-4567",
    "Reference: 0176 12345678",
    "greenhouse:4956672008",
    "https://jobs.example.com/1234567890?gh_jid=4956672008",
    "ISO 9001:2015, IEC 62304, SOC 2",
    "Contact: Human Resources",
    "Contact: Customer Service",
    "please contact Jane's team",
    "@example on social media",
    "C++11/14/17 and 3+ years",
]


@pytest.mark.parametrize(("text", "masked"), MASKED)
def test_personal_data_is_masked(text: str, masked: str) -> None:
    assert mask_text(text) == masked


@pytest.mark.parametrize("text", KEPT)
def test_figures_dates_and_numbers_are_kept(text: str) -> None:
    assert mask_text(text) == text


@pytest.mark.parametrize("text", [text for text, _ in MASKED])
def test_masking_twice_changes_nothing(text: str) -> None:
    assert mask_text(mask_text(text)) == mask_text(text)


@given(
    low=st.integers(1_000, 999_999),
    high=st.integers(1_000, 9_999_999),
    form=st.sampled_from(
        ["${:,} - ${:,}", "{:,}-{:,} GBP", "£{} to £{}", "€{}-{}", "USD {}–{} per year", "{} - {} EUR"]
    ),
)
def test_no_pay_range_is_a_phone_number(low: int, high: int, form: str) -> None:
    text = form.format(low, high)
    assert mask_text(text) == text


@given(st.dates(), st.sampled_from(["%Y-%m-%d", "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%Y/%m/%d", "%d %m %Y"]))
def test_no_date_is_a_phone_number(day: object, form: str) -> None:
    text = f"Apply from {format(day, form)} to {format(day, form)}."
    assert mask_text(text) == text


@given(st.text(max_size=200))
def test_any_text_is_survived_and_masked_once_for_all(text: str) -> None:
    masked = mask_text(text)
    assert masked is not None
    assert mask_text(masked) == masked


def test_null_stays_null_and_long_texts_are_survived() -> None:
    texts = pl.DataFrame({"text": [None, "1 " * 5_000, "a@" * 5_000, "Contact: " * 1_100, "+1" * 5_000]})
    masked = texts.lazy().select(mask_personal_data(pl.col("text"))).collect()["text"]
    assert masked[0] is None
    assert masked[1] == texts["text"][1]


def test_pay_texts_of_real_postings_are_kept(shared_data: Path) -> None:
    nhs = pl.read_parquet(shared_data / "postings" / "nhs_jobs_2020_11.parquet", columns=["salary_text"])
    adzuna = pl.read_parquet(shared_data / "eval" / "adzuna2013_salary_raw_to_normalized.parquet")
    for texts in (nhs["salary_text"], adzuna[adzuna.columns[0]], adzuna[adzuna.columns[1]]):
        frame = texts.cast(pl.String).drop_nulls().alias("text").to_frame()
        changed = frame.filter(mask_personal_data(pl.col("text")) != pl.col("text"))
        assert changed.height <= 0.0005 * frame.height, changed["text"].to_list()[:5]
