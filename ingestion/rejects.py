"""Records that could not become canonical rows, kept whole as JSON with people's data masked."""

import json
from datetime import date
from typing import Any

import polars as pl

from ingestion.schema import REJECTED
from kit.frames import Schema
from kit.identifiers import stable_id
from normalisation.masking import mask_personal_data

REJECTED_SCHEMA: Schema = REJECTED
Reject = tuple[str, str, str, int | None, Any]  # frame, reason, detail, record_index, record


def rejected_frame(rejects: list[Reject], source: str, day: date, page: str) -> pl.DataFrame:
    """The rejects of one page as rows of the `rejected` frame."""
    if not rejects:
        return pl.DataFrame(schema=REJECTED_SCHEMA)
    records = masked_json([record for *_, record in rejects])
    frame = pl.DataFrame(
        {
            "source": [source] * len(rejects),
            "captured_on": [day] * len(rejects),
            "record_hash": [stable_id(record) for record in records],
            "page_id": [page] * len(rejects),
            "record_index": [index for *_, index, _ in rejects],
            "frame": [frame for frame, *_ in rejects],
            "reason": [reason for _, reason, *_ in rejects],
            "detail": [detail for _, _, detail, *_ in rejects],
            "record": records,
        },
        schema=REJECTED_SCHEMA,
    )
    return frame.with_columns(mask_personal_data(pl.col("detail")))


def masked_json(records: list[Any]) -> list[str]:
    """Each record as JSON. Texts are masked before they are quoted: an escaped line break hides a number's start."""
    texts: dict[str, str] = {}
    for record in records:
        _collect(record, texts)
    said = pl.Series("text", list(texts), dtype=pl.String).to_frame()
    masked = said.select(mask_personal_data(pl.col("text"))).to_series()
    known = dict(zip(texts, masked, strict=True))
    return [json.dumps(_masked(record, known), ensure_ascii=False, sort_keys=True, default=str) for record in records]


def _collect(value: Any, texts: dict[str, str]) -> None:
    if isinstance(value, str):
        texts[value] = value
    elif isinstance(value, dict):
        for entry in value.values():
            _collect(entry, texts)
    elif isinstance(value, list | tuple):
        for entry in value:
            _collect(entry, texts)


def _masked(value: Any, known: dict[str, str]) -> Any:
    if isinstance(value, str):
        return known[value]
    if isinstance(value, dict):
        return {str(key): _masked(entry, known) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_masked(entry, known) for entry in value]
    return value
