"""What Stripe sends, by the types of the `stripe` library, which are made from Stripe's published description of the
very version of the API that the library pins. The stand-in may send less than Stripe, and nothing else.
"""

import ast
import importlib.util
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from stripe._object_classes import get_object_class

Classes = dict[str, tuple[ast.ClassDef, "Classes"]]
OPEN = {"str", "int", "bool", "float"}
_text = cache(ast.unparse)  # the trees are kept, and every answer of the stand-in is held against them


@cache
def _tree(module: str) -> ast.Module:
    found = importlib.util.find_spec(module)
    return ast.parse(Path(str(found and found.origin)).read_text())


@cache
def _kinds(tree: ast.ClassDef) -> dict[str, ast.expr]:
    return {
        str(node.target.id): node.annotation
        for node in tree.body
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
    }


@cache
def _literals(kind: ast.expr) -> tuple[Any, ...]:
    return tuple(ast.literal_eval(f"[{_text(kind).strip('()')}]"))


def wrong(sent: dict[str, Any]) -> list[str]:
    """What is wrong with an object as it is sent: members that Stripe has not, values of another type."""
    name = sent.get("object", "")
    if sent.get("deleted"):
        return [] if sent.keys() == {"id", "object", "deleted"} else [f"{name}: more than its id"]
    known = get_object_class("V1", name)
    if known.__name__ == "StripeObject":
        return [f"{name}: no such object"]
    tree = next(n for n in _tree(known.__module__).body if isinstance(n, ast.ClassDef) and n.name == known.__name__)
    return list(_members(sent, tree, {}, name))


def _members(sent: dict[str, Any], tree: ast.ClassDef, outer: "Classes", at: str) -> Iterator[str]:
    inner = dict(outer)
    inner |= {node.name: (node, inner) for node in tree.body if isinstance(node, ast.ClassDef)}
    kinds = _kinds(tree)
    for name, value in sent.items():
        if name in kinds:
            yield from _value(value, kinds[name], inner, f"{at}.{name}")
        else:
            yield f"{at}.{name}: Stripe sends no such member"


def _value(value: Any, kind: ast.expr, classes: "Classes", at: str) -> Iterator[str]:
    if isinstance(kind, ast.Subscript):
        yield from _generic(value, _text(kind.value), kind.slice, classes, at)
    elif isinstance(kind, ast.Constant):  # another object
        yield from _object(value, at)
    elif _text(kind) in classes:
        if isinstance(value, dict):
            yield from _members(value, *classes[_text(kind)], at)
        else:
            yield f"{at}: {value!r} is no object"
    elif _text(kind) == "Decimal":
        if not (isinstance(value, str) and value.lstrip("-").replace(".", "", 1).isdigit()):
            yield f"{at}: {value!r} is no decimal"
    elif _text(kind) in OPEN and type(value).__name__ != _text(kind):
        yield f"{at}: {value!r} is no {_text(kind)}"


def _object(value: Any, at: str) -> Iterator[str]:
    if isinstance(value, dict) and "object" in value:
        yield from (f"{at}: {each}" for each in wrong(value))
    else:
        yield f"{at}: {value!r} is no object"


def _generic(value: Any, name: str, kind: ast.expr, classes: "Classes", at: str) -> Iterator[str]:
    if name == "Optional":
        if value is not None:
            yield from _value(value, kind, classes, at)
    elif name in ("Literal", "ClassVar"):
        if name == "Literal" and value not in _literals(kind):
            yield f"{at}: {value!r} is none of Stripe's values"
    elif name == "Union":  # of values and `str` for those to come: only the values count
        kinds = kind.elts if isinstance(kind, ast.Tuple) else [kind]
        found = [list(_value(value, each, classes, at)) for each in kinds if _text(each) != "str"]
        yield from [] if any(not each for each in found) else found[0]
    elif name == "ExpandableField":
        if not isinstance(value, str):
            yield from _object(value, at)
    elif name == "UntypedStripeObject":
        yield from _mapping(value, kind, classes, at)
    elif isinstance(value, dict if name == "ListObject" else list):
        for number, each in enumerate(value["data"] if isinstance(value, dict) else value):
            yield from _value(each, kind, classes, f"{at}[{number}]")
    else:
        yield f"{at}: {value!r} is no list"


def _mapping(value: Any, kind: ast.expr, classes: "Classes", at: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{at}: {value!r} is no mapping"
    elif _text(kind) != "Any":
        for name, each in value.items():
            yield from _value(each, kind, classes, f"{at}[{name}]")
