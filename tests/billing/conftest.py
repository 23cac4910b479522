"""What tests of billing share: the database, and people in it."""

import pytest

from kit.postgres import Server
from tests.billing.purse import Purse
from tests.databases import postgres

__all__ = ["postgres"]


@pytest.fixture
def purse(postgres: Server) -> Purse:
    return Purse(postgres)
