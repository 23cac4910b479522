"""The connectors, one line a kind: where its module-level object is. Nothing is imported until it is asked for."""

from importlib import import_module
from typing import cast

from ingestion.connector import Connector
from kit.errors import BadInput

CONNECTORS: dict[str, str] = {
    "adzuna": "ingestion.connectors.adzuna.connector:CONNECTOR",
    "aijobs": "ingestion.connectors.aijobs.connector:CONNECTOR",
    "arbeitnow": "ingestion.connectors.arbeitnow.connector:CONNECTOR",
    "ashby": "ingestion.connectors.ashby.connector:CONNECTOR",
    "dol_disclosure": "ingestion.connectors.dol_disclosure.connector:CONNECTOR",
    "files": "ingestion.connectors.files.connector:CONNECTOR",
    "fx": "ingestion.connectors.fx.connector:CONNECTOR",
    "greenhouse": "ingestion.connectors.greenhouse.connector:CONNECTOR",
    "hackernews": "ingestion.connectors.hackernews.connector:CONNECTOR",
    "himalayas": "ingestion.connectors.himalayas.connector:CONNECTOR",
    "jobspy": "ingestion.connectors.jobspy.connector:CONNECTOR",
    "jsonld": "ingestion.connectors.jsonld.connector:CONNECTOR",
    "lever": "ingestion.connectors.lever.connector:CONNECTOR",
    "oews": "ingestion.connectors.oews.connector:CONNECTOR",
    "partner_api": "ingestion.connectors.partner_api.connector:CONNECTOR",
    "recruitee": "ingestion.connectors.recruitee.connector:CONNECTOR",
    "remoteok": "ingestion.connectors.remoteok.connector:CONNECTOR",
    "remotive": "ingestion.connectors.remotive.connector:CONNECTOR",
    "smartrecruiters": "ingestion.connectors.smartrecruiters.connector:CONNECTOR",
    "synthetic": "ingestion.synthetic.connector:CONNECTOR",
    "usajobs": "ingestion.connectors.usajobs.connector:CONNECTOR",
    "workday": "ingestion.connectors.workday.connector:CONNECTOR",
}


def connector(kind: str) -> Connector:
    """The connector of that kind; raises BadInput naming the known kinds when there is none."""
    try:
        module, _, name = CONNECTORS[kind].partition(":")
    except KeyError:
        raise BadInput(f"there is no connector {kind!r}; there are: {', '.join(sorted(CONNECTORS))}") from None
    return cast(Connector, getattr(import_module(module), name))
