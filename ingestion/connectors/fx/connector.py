"""The European Central Bank's reference rates by default; `mapping: daily` for tables of units for one dollar."""

from pathlib import Path

from ingestion.tabular.connector import TableConnector

CONNECTOR = TableConnector(
    "fx",
    Path(__file__).parent / "mappings",
    default_mapping="ecb",
    default_url="https://www.ecb.europa.eu/stats/eurofxref/eurofxref-hist.zip",
)
