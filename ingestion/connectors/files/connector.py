"""Any table that lies below the data folder, through a mapping of its own: a new data set is one YAML file."""

from pathlib import Path

from ingestion.tabular.connector import TableConnector

CONNECTOR = TableConnector("files", Path(__file__).parent / "mappings")
