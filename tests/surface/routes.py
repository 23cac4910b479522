"""The application's routes, ready to be asked."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from fastapi import FastAPI

from serving.access import Needs, needs_of

NOBODY = "00000000-0000-7000-8000-000000000000"  # of whom no door knows anything
NAMES = ("{code}", "{name}")  # of pages and providers


class Route(NamedTuple):
    """One method of one path; `needs` is None for one that anybody may ask, `told` is what the OpenAPI has of it."""

    method: str
    path: str
    needs: Needs | None
    told: dict[str, Any] | None

    def at(self, thing: str = NOBODY) -> str:
        """The path with its parameters filled in: names by one that is none, what has an id by that of `thing`."""
        path = self.path
        for name in NAMES:
            path = path.replace(name, "internal")
        return "/".join(thing if part.startswith("{") else part for part in path.split("/"))

    def parameters(self, place: str) -> dict[str, dict[str, Any]]:
        """The schemas of its parameters in the path or the query, by name."""
        found = (self.told or {}).get("parameters", [])
        return {each["name"]: each["schema"] for each in found if each["in"] == place}


def routes_of(app: FastAPI) -> Iterator[Route]:
    """Every one, in the order of their paths."""
    paths = app.openapi()["paths"]
    for method, path, needed in sorted(needs_of(app), key=lambda route: (route[1], route[0])):
        yield Route(method, path, needed, paths.get(path, {}).get(method.lower()))
