"""A conversation between a user and an assistant, with a real client, a real server and the sandbox's tasks."""

import json
import shutil
import sys
from pathlib import Path
from typing import Any, cast

import anyio
from mcp import Client, StdioServerParameters
from mcp.client import ClientRequestContext
from mcp.types import CallToolResult, ElicitRequestFormParams, ElicitRequestParams, ElicitResult, TextContent

from server.demo.screen import Screen
from server.version import NAME

Arguments = dict[str, Any]


def show() -> int:
    """Show the conversation; return the exit status."""
    anyio.run(_Conversation(Screen()).hold)
    return 0


def command() -> str:
    """Return the path of this server's command, as a host's configuration needs it."""
    beside = Path(sys.executable).with_name(NAME)
    return str(beside) if beside.exists() else shutil.which(NAME) or NAME


class _Conversation:
    """Plays the host: starts the server, calls its tools, and puts its questions to a user."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._answers = False

    async def hold(self) -> None:
        """Hold the conversation from the first question to the snippet for an IDE."""
        # The environment is the client's short default, so no credentials of this shell reach the demo.
        server = StdioServerParameters(command=command(), args=[])
        async with Client(server, elicitation_callback=self._ask) as client:
            self._screen.note(
                f"{NAME} over stdio, MCP {client.protocol_version}, {len((await client.list_tools()).tools)} tools"
            )
            await self._look_around(client)
            await self._look_at_a_failure(client)
            await self._stop_the_flood(client)
            await self._keep_what_was_declined(client)
            await self._copy_and_change(client)
            await self._undo(client)
        self._end()

    async def _look_around(self, client: Client) -> None:
        self._screen.title("A page at a time")
        self._screen.user("What is running in Ghent?")
        arguments: Arguments = {"status": "running", "tags": {"site": "ghent"}, "hits": 5}
        page = await self._call(client, "list_tasks", arguments)
        await self._call(client, "list_tasks", {**arguments, "start_index": page["next_start_index"]})

    async def _look_at_a_failure(self, client: Client) -> None:
        self._screen.title("A look at a failing task")
        self._screen.user("Pump P-101 has gone quiet. What is wrong with it?")
        found = await self._call(client, "list_tasks", {"name": "*P-101*", "fields": ["health"]})
        await self._call(client, "get_task", {"task_id": found["tasks"][0]["id"]})

    async def _stop_the_flood(self, client: Client) -> None:
        self._screen.title("A stop, confirmed")
        self._screen.user("Something floods the duty phone with alarms from cold store 4. Stop it.")
        arguments = {"name": "*cold store 4 *", "status": "running", "fields": ["schedule", "runs"]}
        found = await self._call(client, "list_tasks", arguments)
        self._answers = True
        await self._call(client, "stop_task", {"task_id": found["tasks"][0]["id"]})

    async def _keep_what_was_declined(self, client: Client) -> None:
        self._screen.title("A delete, declined")
        self._screen.user("Clean up the filter check for AHU-3 in Lille.")
        found = await self._call(client, "list_tasks", {"name": "*AHU-3 Lille*", "type": "onetime"})
        self._answers = False
        await self._call(client, "delete_task", {"task_id": found["tasks"][0]["id"]})

    async def _copy_and_change(self, client: Client) -> None:
        self._screen.title("A create and a replace, from a configuration")
        self._screen.user("Set up for meter 8 what meter 7 in Liege has, every six hours, but do not start it yet.")
        found = await self._call(client, "list_tasks", {"name": "Meter 7 Liege*"})
        read = await self._call(client, "get_task_configuration", {"task_id": found["tasks"][0]["id"]})
        copy = read["specification"] | {
            "name": "Meter 8 Liege: consumption",
            "resource": "meter-liege-8",
            "frequency": 21_600_000,
            "start": False,
        }
        created = await self._call(client, "create_task", {"specification": copy})
        self._screen.user("Every hour is better, and start it.")
        changed = copy | {"frequency": 3_600_000, "start": True}
        await self._call(client, "replace_task", {"task_id": created["task_id"], "specification": changed})

    async def _undo(self, client: Client) -> None:
        self._screen.title("An undo")
        self._screen.user("The door of cold store 4 is repaired. Undo the stop.")
        changes = await self._call(client, "list_changes", {"operation": "stop_task"})
        await self._call(client, "undo_change", {"change_id": changes["changes"][0]["change_id"]})

    async def _call(self, client: Client, tool: str, arguments: Arguments) -> Arguments:
        """Call a tool, show the call and what the assistant reads, and return the data."""
        self._screen.call(tool, json.dumps(arguments))
        result: CallToolResult = await client.call_tool(tool, arguments)
        self._screen.result("\n".join(part.text for part in result.content if isinstance(part, TextContent)))
        return cast("Arguments", result.structured_content)

    async def _ask(self, context: ClientRequestContext, params: ElicitRequestParams) -> ElicitResult:
        """Put the server's question to the user, who answers as the scene has it."""
        form = cast("ElicitRequestFormParams", params)
        label = form.requested_schema["properties"]["confirm"]["title"]
        self._screen.question(form.message, label, "yes" if self._answers else "no")
        if self._answers:
            return ElicitResult(action="accept", content={"confirm": True})
        return ElicitResult(action="decline")

    def _end(self) -> None:
        self._screen.title("Your turn")
        self._screen.plain("Put it into your client (vscode, cursor, claude-code, ...) and ask about the tasks:\n")
        self._screen.plain(f"  {command()} install --client vscode\n")
        self._screen.plain("That writes this into VS Code's mcp.json, after a yes:\n")
        self._screen.plain(json.dumps({"servers": {"waylay-tasks": {"type": "stdio", "command": command()}}}, indent=2))
        self._screen.plain('\nFor your own tenant add: "env": {"WAYLAY_API_KEY": "…", "WAYLAY_API_SECRET": "…"}')
