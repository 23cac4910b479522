"""What one installation is made of: its store, its sources, its data folder and its clock."""

import os
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path

from ingestion.sources import SourcesFile, SourceSpec, load_sources
from ingestion.synthetic import demo_sources
from kit.clock import Clock, system_clock, today
from kit.store import Store
from normalisation import reference

STORE, SOURCES, DATA, WORKERS = "PAYBAND_STORE", "PAYBAND_SOURCES", "PAYBAND_DATA", "PAYBAND_WORKERS"
LABELLED = "PAYBAND_LABELLED"


@dataclass(frozen=True)
class Installation:
    """Everything that the assets need to know; made from the environment, so that every process agrees.

    Without a sources file the installation shows the synthetic market, and its releases are marked `demo`.
    """

    store: Store
    sources_path: Path | None = None
    data: Path | None = None
    workers: int = 2
    labelled: Path | None = None  # labelled sets of the operator's, scored before a release by changed rules
    clock: Clock = system_clock

    @classmethod
    def from_environment(cls) -> "Installation":
        env = os.environ
        return cls(
            store=Store(Path(env.get(STORE, ".payband")).resolve()),
            sources_path=Path(env[SOURCES]) if env.get(SOURCES) else None,
            data=Path(env[DATA]) if env.get(DATA) else None,
            labelled=Path(env[LABELLED]) if env.get(LABELLED) else None,
            workers=int(env.get(WORKERS) or min(2, os.cpu_count() or 1)),
        )

    def environment(self) -> dict[str, str]:
        """The variables from which another process makes the same installation."""
        given = {
            STORE: self.store.root,
            SOURCES: self.sources_path,
            DATA: self.data,
            WORKERS: self.workers,
            LABELLED: self.labelled,
        }
        return {name: str(value) for name, value in given.items() if value is not None}

    @cached_property
    def sources_file(self) -> SourcesFile:
        return load_sources(self.sources_path) if self.sources_path else demo_sources(self.today)

    @property
    def today(self) -> date:
        return today(self.clock)

    @property
    def active(self) -> list[SourceSpec]:
        """The sources to read, in their file's order; paused ones are left out."""
        return [spec for spec in self.sources_file.sources if not spec.paused]

    @property
    def allowed(self) -> frozenset[str]:
        """The sources whose postings may move a figure; a paused one's rows are still there."""
        rights = {spec.name: spec.rights for spec in self.sources_file.sources}
        return frozenset(name for name, one in rights.items() if one.aggregates and not one.confidential)

    @property
    def demo(self) -> bool:
        """True while any source is the synthetic market: such figures say nothing about the world."""
        return any(spec.connector == "synthetic" for spec in self.sources_file.sources)

    @property
    def taxonomy(self) -> Path:
        """The folder of the taxonomy that the reference asset saved."""
        return self.store.reference / "taxonomy"

    @property
    def taxonomy_version(self) -> str:
        """Its content's hash."""
        return reference.version(self.taxonomy)

    def spec(self, name: str) -> SourceSpec:
        """The source of that name; KeyError when the sources file has none."""
        return {spec.name: spec for spec in self.sources_file.sources}[name]
