"""The links of a page, and the places on it that others can link to."""

import re
from collections.abc import Iterator
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token


def links(page: Path) -> list[str]:
    """Return where a page leads."""
    return [str(token.attrs["href"]) for token in _inline(page) if token.type == "link_open"]


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, made as code hosts and the site make them."""
    tokens = MarkdownIt("commonmark").parse(page.read_text("utf-8"))
    headings = [tokens[number + 1] for number, token in enumerate(tokens) if token.type == "heading_open"]
    return {_anchor("".join(child.content for child in heading.children or ())) for heading in headings}


def _anchor(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def _inline(page: Path) -> Iterator[Token]:
    for token in MarkdownIt("commonmark").enable("table").parse(page.read_text("utf-8")):
        yield from token.children or ()
