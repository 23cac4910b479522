"""What of a source is up to date, decided from what the files say they were made from."""

from datetime import date

from ingestion.connector import Connector, Fetcher
from ingestion.landed_pages import read_record
from ingestion.parsing import parse_inputs
from ingestion.registry import connector as connector_of
from ingestion.sources import SourceSpec
from kit.frames import made_from
from kit.store import Store


def is_live(spec: SourceSpec) -> bool:
    """Whether the source can only ever be asked for today; files and the synthetic market have their days for good."""
    live = getattr(connector_of(spec.connector), "live", None)
    return live is None or bool(live(spec))


def is_landed(store: Store, spec: SourceSpec, day: date, connector: Connector, fetcher: Fetcher) -> bool:
    """Whether what landed is what fetching now would give, as far as can be known without fetching.

    Never so for a live source, nor while a page of the partition is missing for any other reason than being empty.
    """
    record = read_record(store, spec.name, day)
    unchanged = getattr(connector, "unchanged", None)
    if record is None or unchanged is None or any(page.outcome not in ("ok", "empty") for page in record["pages"]):
        return False
    return bool(unchanged(spec, day, record["pages"], fetcher))


def is_parsed(store: Store, spec: SourceSpec, day: date) -> bool:
    """Whether the canonical files are made from what is landed, by today's rules."""
    return made_from(store.partition("canonical", "counts", spec.name, day)) == parse_inputs(store, spec, day)
