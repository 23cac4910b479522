"""The survey's public CSV file, whole at every fetch."""

from pathlib import Path

from ingestion.tabular.connector import TableConnector

CONNECTOR = TableConnector(
    "aijobs",
    Path(__file__).parent / "mappings",
    default_mapping="salaries",
    default_url="https://raw.githubusercontent.com/foorilla/ai-jobs-net-salaries/main/salaries.csv",
)
