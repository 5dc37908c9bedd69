"""Markdown tables."""

import re
from collections.abc import Iterable, Sequence


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table; what stands in a cell is Markdown, on one line."""
    lines = [list(head), ["---"] * len(head), *(list(map(_cell, row)) for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def code(text: object) -> str:
    """Return a text as code; an empty one as nothing."""
    return f"`{text}`" if str(text) else ""


def prose(text: str) -> str:
    """Return a text in which only what is between backticks is marked."""
    pieces = text.split("`")
    return "`".join(piece if number % 2 else re.sub(r"([*<\[])", r"\\\1", piece) for number, piece in enumerate(pieces))


def _cell(text: str) -> str:
    return prose(" ".join(text.split())).replace("|", "\\|")
