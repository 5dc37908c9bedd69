"""The task board: one page in itself, put together from the files in `page` when it is first read.

Nothing is built beforehand and nothing comes from elsewhere: what is in the files is what runs. The page's own content
security policy names its one script and its one style by their hashes, so that nothing else runs in it, whatever the
host allows beside.
"""

import base64
import hashlib
from collections.abc import Collection
from functools import cache
from importlib.resources import files

from server.apps.extension import BOARD_URI, MIME_TYPE, SHOWN_BY
from server.resources.kinds import Page
from server.version import VERSION

_SCRIPTS = ("host", "elements", "filters", "list", "counts", "detail", "asking", "acting", "main")
"""In the order in which they run. They are one script, in one scope."""

_ANY_TOOL = 'data-tools="*"'


@cache
def board() -> str:
    """Return the page, with buttons for all tools."""
    script = _wrapped("\n".join(_text(f"{name}.js") for name in _SCRIPTS)).replace("{version}", VERSION)
    style = _text("board.css")
    parts = {"script-hash": _hash(script), "style-hash": _hash(style), "script": script, "style": style}
    page = _text("board.html")
    for name, part in parts.items():
        page = page.replace(f"{{{name}}}", part, 1)
    return page


def board_for(tools: Collection[str]) -> str:
    """Return the page for somebody to whom these tools are offered: it has no buttons for others."""
    return board().replace(_ANY_TOOL, f'data-tools="{" ".join(tools)}"', 1)


def _wrapped(script: str) -> str:
    return f'"use strict";\n(() => {{\n{script}\n}})();\n'


def _hash(part: str) -> str:
    """Return a part's hash as a content security policy names it."""
    return f"sha256-{base64.b64encode(hashlib.sha256(part.encode()).digest()).decode()}"


def _text(name: str) -> str:
    return files("server.apps").joinpath("page", name).read_text("utf-8")


BOARD = Page(
    uri=BOARD_URI,
    description="The tasks as a table to look at and work with, for hosts that show MCP Apps.",
    mime_type=MIME_TYPE,
    tool=SHOWN_BY,
    text=board_for,
    # No domain of any kind: it loads nothing and sends nothing but messages to its host.
    meta={"ui": {"csp": {"connectDomains": [], "resourceDomains": []}, "prefersBorder": True}},
)
