"""examples/live.yaml and the connectors' READMEs: what they say is what the code and each other say."""

import re
from datetime import UTC, date, datetime
from pathlib import Path

import httpx
import polars as pl
import pytest
import yaml

from ingestion.connector import Fetcher
from ingestion.connectors.live import LiveConnector
from ingestion.landing import land
from ingestion.parsing import parse_partition
from ingestion.registry import CONNECTORS, connector
from ingestion.sources import Rights, load_sources
from kit.http import HttpSettings, client
from kit.store import Store
from normalisation.full_taxonomies import CROSSWALK, ESCO, ONET
from tests.recordings.wages import national_wages

ROOT = Path(__file__).resolve().parents[3]
LIVE = load_sources(ROOT / "examples" / "live.yaml")
KINDS = sorted(path.parent.name for path in (ROOT / "ingestion" / "connectors").glob("*/parse.py"))
NOW = datetime(2026, 11, 21, 6, 0, tzinfo=UTC)


def readme(kind: str) -> str:
    return (ROOT / "ingestion" / "connectors" / kind / "README.md").read_text()


def rights_in(text: str) -> Rights:
    block = re.search(r"```yaml\n(rights:.*?)```", text, re.S)
    assert block, "no rights as data"
    return Rights.model_validate(yaml.safe_load(block[1])["rights"])


@pytest.mark.parametrize("kind", KINDS)
def test_a_readme_states_rights_limits_quirks_and_every_option(kind: str) -> None:
    text = readme(kind)
    assert all(f"## {title}" in text for title in ("Rights", "Limits", "Quirks"))
    assert not rights_in(text).export or kind == "usajobs"
    live = connector(kind)
    assert isinstance(live, LiveConnector)
    missing = [name for name in live.options.model_fields if f"`{name}`" not in text]
    assert not missing


@pytest.mark.parametrize("spec", LIVE.sources, ids=[spec.name for spec in LIVE.sources])
def test_an_example_source_is_valid_needs_no_key_and_has_its_readmes_rights(spec: object) -> None:
    assert isinstance(spec, type(LIVE.sources[0]))
    assert spec.connector in CONNECTORS
    assert "${" not in str(spec.options)
    with httpx.Client() as http:
        assert connector(spec.connector).days(spec, Fetcher(http, None, NOW), None, None)
    if spec.connector in KINDS:
        assert spec.rights == rights_in(readme(spec.connector))


def test_the_example_names_official_taxonomies_that_are_known() -> None:
    assert set(LIVE.reference) <= {ONET, ESCO, CROSSWALK}
    assert all(where.startswith("https://") for where in LIVE.reference.values())


def test_the_example_asks_a_few_dozen_boards() -> None:
    boards = [board for spec in LIVE.sources for board in spec.options.get("boards", [])]
    assert 50 <= len(boards) == len(set(boards)) <= 100


def test_the_official_workbook_behind_a_url_becomes_wage_statistics(tmp_path: Path) -> None:
    spec = next(spec for spec in LIVE.sources if spec.connector == "oews")
    store, day = Store(tmp_path), date(2025, 4, 2)
    transport = httpx.MockTransport(lambda _: httpx.Response(200, content=national_wages()))
    with client(HttpSettings(network="on"), transport) as http:
        land(store, spec, day, connector("oews"), Fetcher(http, None, NOW))
    report = parse_partition(store, spec, day)
    assert report.counts["wage_statistics"]["canonical"] == 1, report
    row = pl.read_parquet(store.partition("canonical", "wage_statistics", spec.name, day)).row(0, named=True)
    assert (row["year"], row["occupation_code"], row["employment"]) == (2024, "soc2018:15-1252", 1200)
    assert (row["annual_median"], row["annual_p90"]) == (121_000, None)
    assert "annual_p90=#" in row["withheld"]
