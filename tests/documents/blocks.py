"""The fenced blocks of a Markdown page, each with the comment before it that says how it is held to be true."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

from tests.documents.pages import name_of

_COMMENT = re.compile(r"<!-- (?P<kind>[a-z ]+?)(?::\s(?P<about>.*?))? -->", re.DOTALL)
_STRUCTURE = ("list_item_open", "bullet_list_open", "ordered_list_open")


@dataclass(frozen=True)
class Block:
    """A fenced block.

    Attributes:
        page: The page that it is on, by its path in this repository.
        line: Where it begins there, from 1.
        language: What its fence names.
        text: What is in it.
        kind: How it is held to be true: a key of `tests.documents.kinds.KINDS`; None where nothing says so.
        about: What the comment says of it besides.
    """

    page: str
    line: int
    language: str
    text: str
    kind: str | None
    about: str

    def __str__(self) -> str:
        """Say where it is."""
        return f"{self.page}:{self.line}"


def blocks(page: Path) -> list[Block]:
    """Return the blocks of a page, in order."""
    return list(_blocks(name_of(page), MarkdownIt("commonmark").parse(page.read_text("utf-8"))))


def _blocks(page: str, tokens: list[Token]) -> Iterator[Block]:
    comment: re.Match[str] | None = None
    for token in tokens:
        if token.type in ("fence", "code_block"):
            kind, about = (comment["kind"], comment["about"] or "") if comment else (None, "")
            line = token.map[0] + 1 if token.map else 0
            yield Block(page, line, token.info.partition(" ")[0], token.content, kind, " ".join(about.split()))
        if token.type not in _STRUCTURE:
            comment = _COMMENT.fullmatch(token.content.strip()) if token.type == "html_block" else None
