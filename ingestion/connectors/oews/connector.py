"""The national estimates by default; `mapping` names the layouts of states that publish their own."""

from pathlib import Path

from ingestion.tabular.connector import TableConnector

CONNECTOR = TableConnector(
    "oews",
    Path(__file__).parent / "mappings",
    default_mapping="national",
    default_url="https://www.bls.gov/oes/special-requests/oesm24nat.zip",
)
