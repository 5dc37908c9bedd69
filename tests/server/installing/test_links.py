"""Every link of the README says what it should, and what it says can be started."""

import json
import os
import re
from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from mcp import Client
from mcp.client.stdio import StdioServerParameters

from tests.generate import README
from tests.support.serving import COMMAND, clean_environment


def links() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the name and the entry that each link of the README carries, decoded as its client does it."""
    (part,) = re.findall(r"<!-- install-links -->\n(.*?)<!-- /install-links -->", README.read_text("utf-8"), re.DOTALL)
    addresses: list[str] = re.findall(r"\]\((\S+)\)", part)
    assert [urlsplit(address).hostname for address in addresses] == [
        "insiders.vscode.dev", "insiders.vscode.dev", "cursor.com", "lmstudio.ai",
    ]  # fmt: skip
    for address in addresses:
        query = {name: value for name, (value,) in parse_qs(urlsplit(address).query, strict_parsing=True).items()}
        if "url" in query:
            scheme, _, carried = query["url"].partition(":mcp/install?")
            assert scheme in ("vscode", "vscode-insiders")
            entry = json.loads(unquote(carried))
            yield entry.pop("name"), entry
        else:
            yield query["name"], json.loads(b64decode(query["config"], validate=True))


def test_all_links_carry_the_same_entry() -> None:
    assert [*links()] == [("waylay-tasks", {"command": "uvx", "args": ["waylay-tasks-mcp"]})] * 4


async def test_what_the_links_say_starts_and_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a `uvx` that has the package already: getting it from an index is the business of `make package`."""
    uvx = tmp_path / "uvx"
    uvx.write_text(f'#!/bin/sh\nexec "{Path(COMMAND).parent}/$@"\n')
    uvx.chmod(0o755)
    _, entry = next(links())
    environment = clean_environment(PATH=f"{tmp_path}{os.pathsep}{os.defpath}", HOME=str(tmp_path))
    monkeypatch.setenv("PATH", environment["PATH"])
    async with Client(StdioServerParameters(**entry, env=environment)) as client:
        result = await client.call_tool("list_tasks", {"status": "failed", "hits": 1})
    assert result.structured_content is not None
    assert result.structured_content["total"] > 0
