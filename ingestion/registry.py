"""The connectors, one line a kind: where its module-level object is. Nothing is imported until it is asked for."""

from importlib import import_module
from typing import cast

from ingestion.connector import Connector
from kit.errors import BadInput

CONNECTORS: dict[str, str] = {
    "aijobs": "ingestion.connectors.aijobs.connector:CONNECTOR",
    "ashby": "ingestion.connectors.ashby.connector:CONNECTOR",
    "dol_disclosure": "ingestion.connectors.dol_disclosure.connector:CONNECTOR",
    "files": "ingestion.connectors.files.connector:CONNECTOR",
    "fx": "ingestion.connectors.fx.connector:CONNECTOR",
    "greenhouse": "ingestion.connectors.greenhouse.connector:CONNECTOR",
    "lever": "ingestion.connectors.lever.connector:CONNECTOR",
    "oews": "ingestion.connectors.oews.connector:CONNECTOR",
    "partner_api": "ingestion.connectors.partner_api.connector:CONNECTOR",
    "synthetic": "ingestion.synthetic.connector:CONNECTOR",
}


def connector(kind: str) -> Connector:
    """The connector of that kind; raises BadInput naming the known kinds when there is none."""
    try:
        module, _, name = CONNECTORS[kind].partition(":")
    except KeyError:
        raise BadInput(f"there is no connector {kind!r}; there are: {', '.join(sorted(CONNECTORS))}") from None
    return cast(Connector, getattr(import_module(module), name))
