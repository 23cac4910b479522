"""What an installation's sources are asked with: one HTTP client a process, and the data folder."""

from functools import cache
from pathlib import Path

import httpx

from ingestion import downloads
from ingestion.connector import Fetcher
from kit.http import client
from orchestration.installation import Installation


@cache
def http() -> httpx.Client:
    """One client a process: it remembers when each host was last asked."""
    return client()


def fetcher(installation: Installation) -> Fetcher:
    """What connectors may use in this installation."""
    data = str(installation.data) if installation.data else None
    return Fetcher(http=http(), data=data, now=installation.clock())


def reference_paths(installation: Installation) -> dict[str, Path]:
    """The configured taxonomies on disk; one named by URL is fetched once."""
    reference = installation.sources_file.reference
    return downloads.reference_paths(reference, installation.data, installation.store, http())
