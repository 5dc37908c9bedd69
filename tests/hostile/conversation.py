"""A conversation about a task of a stranger's: every way in which what they wrote comes to be shown."""

import io
import logging
from dataclasses import dataclass, field
from typing import Any

from mcp.types import CallToolResult, TextContent

from server.approvals.access import Session
from server.approvals.person import Person
from server.approvals.screen import Screen, Seen
from server.journal.wording import line_of
from server.log_line import LogLine
from tests.support.answers import ACCEPT, DECLINE, User
from tests.support.approvals import Desk
from tests.support.resources import OVERVIEW, read
from tests.support.world import World, data

COLUMNS = [
    "template",
    "resources",
    "tags",
    "schedule",
    "user",
    "created",
    "finished",
    "runs",
    "health",
    "pending_nodes",
]


@dataclass
class Heard:
    """What was shown in a conversation.

    Attributes:
        texts: The texts of results and questions, in order.
        results: The results.
        page: The approval page.
        audit: The audit, as people read it.
        log: What was logged.
    """

    texts: list[str] = field(default_factory=list[str])
    results: list[CallToolResult] = field(default_factory=list[CallToolResult])
    page: str = ""
    audit: list[str] = field(default_factory=list[str])
    log: str = ""

    def add(self, result: CallToolResult) -> CallToolResult:
        """Hear a result."""
        self.results.append(result)
        self.texts.append("\n".join(part.text for part in result.content if isinstance(part, TextContent)))
        return result


def rule(text: str) -> dict[str, Any]:
    """Return a rule that the service takes, with a warning, in which everything is a stranger's."""
    first = {"label": "dice_1", "name": "dice", "version": "1.0.9"}
    message = {text: "${nodes.dice_1.rawData.nothing}", "message": text}
    last = {"label": text, "name": "debugDialog", "version": "1.0.4", "properties": message}
    task = {"name": text, "type": "reactive", "resource": text, "tags": {text: text, "list": [text]}}
    fires = {"sourceLabel": "dice_1", "destinationLabel": text, "statesTrigger": [text]}
    notes = [{"text": text, "position": [1, 2]}]
    return {"task": task, "sensors": [first], "actuators": [last], "triggers": [fires], "notes": notes}


def stranger(world: World, text: str) -> str:
    """Make a task of a stranger's that has failed, and return its ID."""
    task_id, _ = world.sandbox.engine.create(rule(text), fail_on_warning=False)
    for column, value in (("status", "failed"), ("template", text), ("user", text)):
        world.sandbox.change(task_id, column, value)
    return task_id


async def talk(world: World, text: str, desk: Desk) -> Heard:
    """Look at a stranger's task, be asked about it, change it, fail over it, undo that; return all that was shown."""
    heard, log = Heard(), io.StringIO()
    handler = logging.StreamHandler(log)
    handler.setFormatter(LogLine())
    logging.getLogger("waylay_tasks_mcp").addHandler(handler)
    try:
        await _read(world, heard, stranger(world, text))
        await _change(world, heard, text)
        heard.page = await _page(world, desk)
        heard.audit = [line_of(record) for _, record in world.store.audit.since(0, 500, 0)]
    finally:
        logging.getLogger("waylay_tasks_mcp").removeHandler(handler)
    heard.log = log.getvalue()
    return heard


async def _read(world: World, heard: Heard, task_id: str) -> None:
    async with world.client() as client:
        heard.add(await client.call_tool("list_tasks", {"fields": COLUMNS}))
        heard.add(await client.call_tool("get_task", {"task_id": task_id}))
        heard.add(await client.call_tool("get_task", {"task_id": task_id, "format": "simplified"}))
        heard.add(await client.call_tool("get_task_configuration", {"task_id": task_id}))
        for uri in (OVERVIEW, f"{OVERVIEW}/{task_id}", f"{OVERVIEW}/{task_id}/configuration"):
            heard.texts.append(await read(client, uri))


async def _change(world: World, heard: Heard, text: str) -> None:
    user = User(ACCEPT, DECLINE, ACCEPT)
    async with world.client(ask=user) as client:
        made = heard.add(await client.call_tool("create_task", {"specification": rule(text)}))
        task = {"task_id": data(made)["task_id"]}
        heard.add(await client.call_tool("stop_task", task))
        world.sandbox.change(task["task_id"], "status", "pending")
        heard.add(await client.call_tool("stop_task", task))
        refused = {**rule(text), "sensors": [{"label": "s_1", "name": text, "version": "1.0.9"}]}
        heard.add(await client.call_tool("replace_task", {**task, "specification": refused}))
        heard.add(await client.call_tool("create_task", {"specification": {"name": text, "template": text}}))
        heard.add(await client.call_tool("create_task", {"specification": {"task": {"name": text}, text: 1}}))
        changes = heard.add(await client.call_tool("list_changes", {}))
        heard.add(await client.call_tool("undo_change", {"change_id": data(changes)["changes"][-1]["change_id"]}))
    other = {"task_id": stranger(world, text)}
    world.sandbox.change(other["task_id"], "status", "running")
    async with world.client() as client:
        heard.add(await client.call_tool("stop_task", task))
        heard.add(await client.call_tool("stop_task", other))
        heard.add(await client.call_tool("replace_task", {**other, "specification": {"name": text, "template": text}}))
        heard.add(await client.call_tool("list_tasks", {"name": "*", "fields": ["tags"]}))
    heard.texts += [question.message for question in user.asked]


async def _page(world: World, desk: Desk) -> str:
    approvals = world.store.approvals
    seen = Seen(await approvals.waiting(desk.name), await approvals.history(desk.name), 0)
    session = Session(Person("carol", ""), "token")
    return bytes(Screen("/approvals", world.clock).listing(session, seen).body).decode()
