"""The insight doors, each by each of its methods, with a question that it answers."""

from typing import Any

import pytest

from serving.api import DOORS
from serving.doors import Door
from tests.serving.client import Client

ASKED = [(door, method) for door in DOORS for method in door.methods]
EACH = pytest.mark.parametrize(("door", "method"), ASKED, ids=lambda value: getattr(value, "name", value))


def ask(client: Client, door: Door, method: str, **more: Any) -> Any:
    if method == "GET":
        return client.get(door.path, params=door.example, **more)
    return client.post(door.path, json=door.example, **more)
