"""Somebody who works with a server: creates, stops, starts, replaces and deletes tasks, and reads in between."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, cast

from mcp import Client
from mcp.types import CallToolResult

from tests.support.answers import ACCEPT, User
from tests.support.serving import PATIENCE, over_http
from tests.support.world import Sandbox
from tools.models.specification import TEMPLATE_EXAMPLE

PAUSE = 0.4
"""Seconds between calls, on average."""

_READS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("list_tasks", {"hits": 50, "fields": ["schedule", "tags"]}),
    ("list_tasks", {"status": "failed"}),
    ("list_changes", {"hits": 5}),
)
_LIFE = ("stop_task", "start_task", "replace_task", "delete_task")


@dataclass(frozen=True, slots=True)
class Claim:
    """What a call said of a change.

    Attributes:
        tool: What was called.
        about: The task's ID, or the name of the task that was to be created.
        said: `done`, `not done`, or `unknown`, which is also what no answer says.
    """

    tool: str
    about: str
    said: str


class Actor:
    """Makes calls, one after the other, on tasks that nobody else touches, each change on each task once.

    Args:
        name: Tells the tasks of actors apart.
        address: Where the server is.
        sandbox: Where tasks come from.
        rng: Where chance comes from.
    """

    def __init__(self, name: str, address: str, sandbox: Sandbox, rng: random.Random) -> None:
        self._name = name
        self._address = address
        self._sandbox = sandbox
        self._rng = rng
        self.claims: list[Claim] = []
        self.reads = 0
        self.unanswered = 0

    async def work(self, going_on: Callable[[], bool]) -> None:
        """Work until it is time to end."""
        while going_on():
            try:
                async with (
                    asyncio.timeout(PATIENCE),
                    over_http(self._address) as transport,
                    Client(transport, elicitation_callback=User(ACCEPT), cache=None) as client,
                ):
                    await self._live(client)
            except Exception:  # noqa: BLE001 - a worker that is killed ends its connections in any of many ways
                self.unanswered += 1
                await asyncio.sleep(PAUSE)

    async def _live(self, client: Client) -> None:
        """Create a task, and lead another one through its life; what is in doubt is left as it is, to be looked up."""
        created = f"{self._name} made {len(self.claims)}"
        specification = {**TEMPLATE_EXAMPLE, "name": created}
        await self._change(client, "create_task", created, {"specification": specification})
        task_id = self._sandbox.create(f"{self._name} {len(self.claims)}")
        for tool in _LIFE:
            await self._read(client)
            more = {"specification": {**specification, "name": task_id}} if tool == "replace_task" else {}
            more = {"force_stop": True} if tool == "delete_task" else more
            if await self._change(client, tool, task_id, {"task_id": task_id, **more}) != "done":
                return

    async def _read(self, client: Client) -> None:
        await self._pause()
        await client.call_tool(*self._rng.choice(_READS))
        self.reads += 1

    async def _change(self, client: Client, tool: str, about: str, arguments: dict[str, Any]) -> str:
        await self._pause()
        said = "unknown"
        try:
            said = _said(await client.call_tool(tool, arguments))
        finally:
            self.claims.append(Claim(tool, about, said))
        return said

    def _pause(self) -> Awaitable[None]:
        return asyncio.sleep(self._rng.uniform(0, 2 * PAUSE))


def _said(result: CallToolResult) -> str:
    found = cast("dict[str, Any]", result.structured_content)
    if not result.is_error:
        # A client that met a worker's end may have fallen back to the older era, and is given a token there.
        return "done" if "change_id" in found else "not done"
    error = found["error"]
    if error["changed"] == "no":
        return "unknown" if "as_of" in error else "not done"
    return "done" if error["changed"] == "yes" else "unknown"
