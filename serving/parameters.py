"""No parameter is ignored: one that a door does not know, or that is given twice, is refused, at every door."""

from collections import Counter

from fastapi import Request
from fastapi.dependencies.models import Dependant
from pydantic import BaseModel

from serving.access import admit_to_route
from serving.problems import Problem


async def known_once(request: Request) -> None:
    """Refuse query parameters that the route does not take, and those that are given more than once.

    Who may not ask the door is told that first: this runs before the door's own dependencies.
    """
    await admit_to_route(request)
    given = Counter(name for name, _ in request.query_params.multi_items())
    twice = [name for name, count in given.items() if count > 1]
    if twice:
        faults = [{"parameter": name, "message": "given more than once"} for name in twice]
        raise Problem("invalid-parameter", f"Given more than once: {', '.join(twice)}.", faults=faults)
    taken = _names(request.scope["route"].dependant)
    unknown = [name for name in given if name not in taken]
    if unknown:
        faults = [{"parameter": name, "message": "not a parameter of this door"} for name in unknown]
        raise Problem("unknown-parameter", f"Unknown: {', '.join(unknown)}. Nothing is ignored.", faults=faults)


def _names(dependant: Dependant) -> frozenset[str]:
    """The query parameters that a route's functions take; those of a model are its fields."""
    names = {name for each in dependant.dependencies for name in _names(each)}
    for field in dependant.query_params:
        kind = field.field_info.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            names |= {told.alias or name for name, told in kind.model_fields.items()}
        else:
            names.add(field.alias)
    return frozenset(names)
