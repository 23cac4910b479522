"""`python -m tests.lint_money`: money is never a float, in the code that deals with it.

Types alone do not see to it: `int(0.29 * 100)` is an int, of 28. So nothing there makes a float at all: no such
literal, no true division but that of paths, no `float`, and no column that holds one. What counts seconds is named
..._s, and may.
"""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = ("billing", "serving/billing", "serving/checkout", "tests/peers/stripe")
FLOATS = {"float", "Float", "Double", "DOUBLE_PRECISION", "REAL", "Decimal", "Numeric", "round"}


def faults(source: str) -> Iterator[tuple[int, str]]:
    """(line, what is wrong) of each place."""
    tree = ast.parse(source)
    let_be = {
        inner for node in ast.walk(tree) if _seconds(node) or _annotates_seconds(node) for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if node in let_be:
            continue
        if isinstance(node, ast.Constant) and isinstance(node.value, float):
            yield node.lineno, f"{node.value} is a float"
        elif isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, ast.Div) and not _path(node):
            yield node.lineno, "a true division makes a float: use //, and say which way it rounds"
        elif isinstance(node, ast.Name | ast.Attribute) and (name := _name(node)) in FLOATS:
            yield node.lineno, f"{name} is not for money"


def _name(node: ast.Name | ast.Attribute) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr


def _seconds(node: ast.AST) -> bool:
    """Something named ..._s or ..._S that is given a value: a time to wait."""
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    if isinstance(node, ast.keyword):
        return bool(node.arg) and str(node.arg).endswith(("_s", "timeout"))
    return bool(targets) and all(isinstance(each, ast.Name) and each.id.lower().endswith("_s") for each in targets)


def _annotates_seconds(node: ast.AST) -> bool:
    return isinstance(node, ast.arg) and node.arg.endswith("_s")


def _path(node: ast.BinOp | ast.AugAssign) -> bool:
    """Whether it joins paths: a part is a text, or the left is named as a folder."""
    left, right = (node.left, node.right) if isinstance(node, ast.BinOp) else (node.target, node.value)
    if any(isinstance(side, ast.JoinedStr) or _is_text(side) for side in (left, right)):
        return True
    return isinstance(left, ast.Name | ast.Attribute) and _name(left).lower() in ("root", "folder", "path")


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
