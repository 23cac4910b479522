"""What employers offer foreign workers, as filed: H-1B (LCA) by default, H-2B as `mapping: h2b`."""

from pathlib import Path

from ingestion.tabular.connector import TableConnector

CONNECTOR = TableConnector("dol_disclosure", Path(__file__).parent / "mappings", default_mapping="lca")
