"""What the tests of normalisation share."""

from pathlib import Path

import pytest

from normalisation.places import PlaceResolver


@pytest.fixture(scope="session")
def places_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The saved place index; building it takes seconds."""
    folder = tmp_path_factory.mktemp("places")
    PlaceResolver.built_in().save(folder)
    return folder


@pytest.fixture(scope="session")
def resolver(places_folder: Path) -> PlaceResolver:
    return PlaceResolver.load(places_folder)
