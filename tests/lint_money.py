"""`python -m tests.lint_money`: money is never a float, in the code that deals with it.

Types alone do not see to it: `int(0.29 * 100)` is an int, of 28. So nothing there divides but paths, rounds, or
calculates with a number that has a point, no column holds one, and what is named as money is no float. Times may be:
they are given and compared, not calculated with such numbers.
"""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = ("billing", "serving/billing", "serving/checkout")
CALLED = {"float", "round", "Decimal"}
COLUMNS = {"Float", "Double", "DOUBLE_PRECISION", "REAL", "Numeric"}
MONEY = re.compile(
    r"(^|_)(amount|balance|cost|credit|discount|fee|minor|money|owed|paid|price|refund|sum|tax|total|usd)s?(_|$)", re.I
)


def faults(source: str) -> Iterator[tuple[int, str]]:
    """(line, what is wrong) of each place."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.BinOp | ast.AugAssign):
            yield from _calculated(node)
        elif isinstance(node, ast.Call) and _name(node.func) in CALLED:
            yield node.lineno, f"{_name(node.func)}() is not for money"
        elif isinstance(node, ast.Name | ast.Attribute) and _name(node) in COLUMNS:
            yield node.lineno, f"{_name(node)} holds no money"
        else:
            yield from _named(node)


def _calculated(node: ast.BinOp | ast.AugAssign) -> Iterator[tuple[int, str]]:
    left, right = (node.left, node.right) if isinstance(node, ast.BinOp) else (node.target, node.value)
    if isinstance(node.op, ast.Div) and not _path(left, right):
        yield node.lineno, "a true division makes a float: use //, and say which way it rounds"
    if not isinstance(node.op, ast.BitOr) and any(_is_float(side) for side in (left, right)):  # | joins types
        yield node.lineno, "calculated with a float"


def _named(node: ast.AST) -> Iterator[tuple[int, str]]:
    """What is given to a name, and what the name is said to be."""
    pairs: list[tuple[ast.AST | str | None, ast.AST | None]] = []
    if isinstance(node, ast.Assign):
        pairs = [(target, node.value) for target in node.targets]
    elif isinstance(node, ast.AnnAssign):
        pairs = [(node.target, node.value), (node.target, node.annotation)]
    elif isinstance(node, ast.arg | ast.keyword):
        pairs = [(node.arg, node.annotation if isinstance(node, ast.arg) else node.value)]
    for name, value in pairs:
        text = name if isinstance(name, str) else _name(name)
        if text and value is not None and MONEY.search(text) and any(map(_is_float, ast.walk(value))):
            yield value.lineno if isinstance(value, ast.expr) else 0, f"{text} is a float"


def _name(node: ast.AST | None) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _is_float(node: ast.AST) -> bool:
    return (isinstance(node, ast.Constant) and isinstance(node.value, float)) or _name(node) == "float"


def _path(left: ast.AST, right: ast.AST) -> bool:
    """Whether it joins paths: a part is a text, or the left is named as a folder."""
    if any(isinstance(side, ast.JoinedStr) or _is_text(side) for side in (left, right)):
        return True
    return _name(left).lower() in ("root", "folder", "path")


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def main() -> int:
    found = [
        f"{path.relative_to(ROOT)}:{line}: {what}"
        for folder in FOLDERS
        for path in sorted((ROOT / folder).rglob("*.py"))
        for line, what in faults(path.read_text())
    ]
    print("\n".join(found) or "money: no float")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
