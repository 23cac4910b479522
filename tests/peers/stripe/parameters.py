"""Reads form-encoded parameters into the shape that a route declares; what it does not declare is refused.

A shape is a TypedDict: its required keys are required parameters, nested shapes are nested parameters. An empty
string unsets: it is read as None, as Stripe has it.
"""

import re
from functools import cache
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints, is_typeddict
from urllib.parse import parse_qsl

from tests.peers.stripe.errors import Refusal, invalid

MAX_DEPTH = 8
_hints = cache(get_type_hints)


def decode(text: str) -> dict[str, Any]:
    """`a[b][0]=c` as nested dictionaries and lists."""
    tree: dict[str, Any] = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        first, *rest = re.findall(r"^[^\[]+|(?<=\[)[^\]]*(?=\])", name)
        if len(rest) > MAX_DEPTH:
            raise invalid(f"Parameter nested too deeply: {first}", param=first)
        _put(tree, [first, *rest], value)
    return {name: _listed(value) for name, value in tree.items()}


def _put(tree: dict[str, Any], path: list[str], value: str) -> None:
    for part in path[:-1]:
        tree = tree.setdefault(part or str(len(tree)), {})
        if not isinstance(tree, dict):
            raise invalid("Invalid parameters: a name is both a value and a list or a dictionary.")
    tree[path[-1] or str(len(tree))] = value


def _listed(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if value and all(name.isdigit() for name in value):
        return [_listed(value[name]) for name in sorted(value, key=int)]
    return {name: _listed(part) for name, part in value.items()}


def read(shape: Any, given: dict[str, Any], at: str = "") -> dict[str, Any]:
    """The parameters in the types of `shape`. Raises Refusal for what is unknown, missing or of another type."""
    hints = _hints(shape)
    for name in given:
        if name not in hints:
            param = _name(at, name)
            raise invalid(f"Received unknown parameter: {param}", param=param, code="parameter_unknown")
    for name in sorted(shape.__required_keys__):
        if given.get(name) in (None, ""):
            param = _name(at, name)
            raise invalid(f"Missing required param: {param}.", param=param, code="parameter_missing")
    return {name: _value(hints[name], value, _name(at, name)) for name, value in given.items()}


def _name(at: str, name: str) -> str:
    return f"{at}[{name}]" if at else name


def _value(kind: Any, given: Any, param: str) -> Any:
    if given == "":
        return None
    if is_typeddict(kind):
        if not isinstance(given, dict):
            raise invalid("Invalid object", param=param)
        return read(kind, given, param)
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        return _first(inner, given, param)
    if origin is list:
        if not isinstance(given, list):
            raise invalid("Invalid array", param=param)
        return [_value(inner[0], each, f"{param}[{number}]") for number, each in enumerate(given)]
    if origin is dict:
        if not isinstance(given, dict):
            raise invalid("Invalid object", param=param)
        return {name: _value(inner[1], each, _name(param, name)) for name, each in given.items()}
    if origin is Literal:
        if given not in inner:
            raise invalid(f"Invalid {param}: must be one of {', '.join(inner)}", param=param)
        return given
    return _scalar(kind, given, param)


def _first(kinds: tuple[Any, ...], given: Any, param: str) -> Any:
    for kind in kinds[:-1]:
        try:
            return _value(kind, given, param)
        except Refusal:
            continue
    return _value(kinds[-1], given, param)


def _scalar(kind: type, given: Any, param: str) -> Any:
    if not isinstance(given, str):
        raise invalid("Invalid string", param=param)
    if kind is int:
        if not re.fullmatch(r"-?\d{1,18}", given):
            raise invalid(f"Invalid integer: {given}", param=param, code="parameter_invalid_integer")
        return int(given)
    if kind is bool:
        if given not in ("true", "false"):
            raise invalid(f"Invalid boolean: {given}", param=param)
        return given == "true"
    return given
