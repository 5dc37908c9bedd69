"""The texts in the sources, as they come out: what is filled in when one is said stands as `…`."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tests.generate import ROOT

_SOURCES = ("server", "tools")
_LOGGED = re.compile(r"%[sd]|%(?:\.\d)?[fg]")


@cache
def messages() -> frozenset[str]:
    """Return every text that the sources hold; what a log fills in stands as `…`, too."""
    found = {text for path in _files(_SOURCES) for node in ast.walk(_tree(path)) for text in _texts(node)}
    return frozenset(_LOGGED.sub("…", text) for text in found)


def raised(names: frozenset[str], *places: str) -> Iterator[tuple[str, str]]:
    """Yield what exceptions of these names say in files below these places, and where."""
    for path in _files(places):
        for node in ast.walk(_tree(path)):
            if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and isinstance(node.exc.func, ast.Name):
                said = node.exc.args[0] if node.exc.func.id in names and node.exc.args else None
                for text in _texts(said) if said is not None else ():
                    yield text, f"{path.relative_to(ROOT)}:{node.lineno}"


def is_about(shown: str, text: str) -> bool:
    """Tell whether what a page shows is a text of the sources, or a part of one; dots stand for anything."""
    pieces = shown.split("…")
    if not all(piece in text for piece in pieces):
        return False
    return re.search(".*?".join(map(re.escape, pieces)), text, re.DOTALL) is not None


def _files(places: tuple[str, ...]) -> Iterator[Path]:
    for place in places:
        path = ROOT / place
        yield from [path] if path.is_file() else sorted(path.rglob("*.py"))


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def _texts(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        yield re.sub("…+", "…", "".join(_piece(value) for value in node.values))
    elif isinstance(node, ast.BinOp):
        yield "…".join(text for side in (node.left, node.right) for text in _texts(side))


def _piece(value: ast.expr) -> str:
    return str(value.value) if isinstance(value, ast.Constant) else "…"
