"""One Adzuna advertisement to one posting row."""

from ingestion.connectors.documents import Record, amount, day_of, dig, joined, present, prose, words
from ingestion.connectors.pay import Range, stated

# Adzuna states no currency: amounts are in that of the country searched.
CURRENCIES = {
    "at": "EUR", "au": "AUD", "be": "EUR", "br": "BRL", "ca": "CAD", "ch": "CHF", "de": "EUR", "es": "EUR",
    "fr": "EUR", "gb": "GBP", "in": "INR", "it": "EUR", "mx": "MXN", "nl": "EUR", "nz": "NZD", "pl": "PLN",
    "sg": "SGD", "us": "USD", "za": "ZAR",
}  # fmt: skip


def posting(record: Record, country: str, currency: str) -> Record:
    """The canonical fields of one advertisement; its description is a snippet of 500 characters at most.

    Amounts are Adzuna's annual ones. Those that it predicted itself are estimates, never stated pay.
    """
    predicted = record.get("salary_is_predicted") in ("1", 1, True)
    pay = Range(
        low=amount(record.get("salary_min")),
        high=amount(record.get("salary_max")),
        currency=currency,
        period="year",
        kind="estimated" if predicted else None,
    )
    return {
        "source_posting_id": words(record.get("id")),
        "url": words(record.get("redirect_url")),
        "title": words(record.get("title")),
        "employer": words(dig(record, "company", "display_name")),
        "places": present(words(dig(record, "location", "display_name"))),
        "country_hint": country,
        "description": prose(record.get("description")),
        "posted_on": day_of(record.get("created")),
        "employment_text": joined(
            [(words(record.get(name)) or "").replace("_", " ") for name in ("contract_type", "contract_time")], ", "
        ),
        "category_text": words(dig(record, "category", "label")),
    } | stated([pay])
