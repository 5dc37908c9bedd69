"""What is generated from the code, and checked against it: the golden tool list, the reference, and parts of pages.

`python -m tests.generate` writes them anew; tests/contract compares.
"""

import asyncio
import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, cast

from mcp import Client
from mcp.types import CallToolResult, TextContent, Tool

from server.guard.policy import DefaultPolicy
from server.guard.ways import possible
from server.tool_list import tool
from tests.documents.kinds import kinds
from tests.packaging.descriptions import descriptions
from tests.reference.clients import clients
from tests.reference.pages import reference
from tests.server.installing.links import install_links
from tests.support.answers import ACCEPT, User
from tests.support.world import Sandbox, World, settings
from tools.catalog import OPERATIONS
from tools.contract import Effect

ROOT = Path(__file__).parent.parent
_A_CHANGE = "3f9a04c1d2"
"""Stands for the ID of a change, which is another one each time."""
README = ROOT / "README.md"
GOLDEN = ROOT / "tests" / "contract" / "tools.json"


def golden() -> str:
    """Return every tool's definition, as clients get it by default."""
    tools = [_wire(tool(operation, DefaultPolicy())) for operation in OPERATIONS]
    return json.dumps(tools, indent=2, ensure_ascii=False) + "\n"


def _wire(definition: Tool) -> dict[str, Any]:
    return definition.model_dump(by_alias=True, exclude_none=True, mode="json")


def tool_table() -> str:
    """Return the README's table of tools."""
    effects = {Effect.READ: "read-only", Effect.WRITE: "writes", Effect.DESTROY: "destructive"}
    rows = ["| tool | what it does | effect | asks first |", "|---|---|---|---|"]
    for operation in OPERATIONS:
        sentence = operation.description.partition(". ")[0].partition(": ")[0].partition(";")[0]
        required = possible(DefaultPolicy(), operation)
        asks = "no" if required <= {"none"} else "as what it performs" if "none" in required else "yes"
        rows.append(f"| `{operation.name}` | {sentence.rstrip('.')}. | {effects[operation.effect]} | {asks} |")
    return "\n".join(rows)


def transcript() -> str:
    """Return a conversation as it is, at a fixed time, for the README."""
    return asyncio.run(_conversation())


async def _conversation() -> str:
    sandbox, user = Sandbox(tasks=300), User(ACCEPT)
    world = World(sandbox, settings())
    lines = ["You        Something floods the duty phone with alarms from cold store 4. Stop it."]
    async with world.client(ask=user) as client:
        arguments = {"name": "*cold store 4 *", "status": "running", "fields": ["schedule", "runs"]}
        found = await _shown(client, lines, "list_tasks", arguments)
        stop = await _shown(client, [], "stop_task", {"task_id": found["tasks"][0]["id"]})
        assert stop["task"]["status"] == "stopped"
        question = user.asked[0].message.replace("\n", "\n           │ ")
        label = user.asked[0].requested_schema["properties"]["confirm"]["title"]
        lines += [f"Assistant  stop_task {json.dumps({'task_id': found['tasks'][0]['id']})}"]
        lines += [f"           │ {question}\n           │\n           │ [x] {label}"]
        again = await client.call_tool("stop_task", {"task_id": found["tasks"][0]["id"]})
        assert "Already stopped" in _text(again)
    await world.running.aclose()
    sandbox.close()
    name = stop["task"]["name"]
    lines += [f'           [sandbox] Stopped "{name}" (ID {stop["task"]["id"]}). Status: stopped.']
    return "\n".join([*lines, f'           Change {_A_CHANGE}. To undo: undo_change(change_id="{_A_CHANGE}").'])


async def _shown(client: Client, lines: list[str], name: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    result = await client.call_tool(name, dict(arguments))
    lines += [f"Assistant  {name} {json.dumps(arguments)}"]
    lines += [f"           {line}" for line in _text(result).splitlines()]
    return cast("dict[str, Any]", result.structured_content)


def _text(result: CallToolResult) -> str:
    return "\n".join(part.text for part in result.content if isinstance(part, TextContent))


def _conversation_shown() -> str:
    conversation = "\n".join(line.rstrip() for line in transcript().splitlines())
    return f"```text\n{conversation}\n```"


PARTS: Mapping[tuple[str, str], Callable[[], str]] = {
    ("README.md", "tools"): tool_table,
    ("README.md", "transcript"): _conversation_shown,
    ("README.md", "install-links"): install_links,
    ("docs/architecture.md", "kinds"): kinds,
    ("docs/connect.md", "clients"): clients,
}
"""What stands between `<!-- name -->` and `<!-- /name -->` on a page, by page and name."""


def with_parts(page: str, text: str) -> str:
    """Return the text of a page with its generated parts as they should be."""
    for name, make in ((name, make) for (where, name), make in PARTS.items() if where == page):
        before, begin, rest = text.partition(f"<!-- {name} -->\n")
        end = f"<!-- /{name} -->"
        text = f"{before}{begin}{make()}\n{end}{rest.partition(end)[2]}" if begin and end in rest else text
    return text


def files() -> dict[str, str]:
    """Return every file that is generated, and every page with generated parts, as they should be, by path."""
    whole = {GOLDEN.relative_to(ROOT).as_posix(): golden(), **reference(), **descriptions()}
    pages = {page for page, _ in PARTS}
    return whole | {page: with_parts(page, (ROOT / page).read_text("utf-8")) for page in sorted(pages)}


if __name__ == "__main__":
    for path, text in files().items():
        (ROOT / path).parent.mkdir(parents=True, exist_ok=True)
        (ROOT / path).write_text(text, "utf-8")
        sys.stdout.write(f"wrote {path}\n")
