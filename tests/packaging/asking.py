"""Whether what was installed answers: started as a host starts it, asked for its tools and for the sandbox's tasks."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import anyio
from mcp import Client
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp.types import TextContent

from tests.judges.environments import PATIENCE, Failed
from tests.packaging.work import expect
from tools.catalog import OPERATIONS


async def ask(command: Sequence[str | Path], variables: Mapping[str, str], folder: Path) -> str:
    """Start a server, ask for its tools and list the sandbox's tasks; returns what it answers, in short.

    Args:
        command: What starts it, which may install it first.
        variables: Its environment, and nothing besides.
        folder: Where it is started: not in the repository, whose packages Python would take.

    Raises:
        Failed: it does not answer, or not with that.
    """
    first, *rest = map(str, command)
    parameters = StdioServerParameters(command=first, args=rest, env=dict(variables), cwd=folder)
    log = folder / "stderr.log"
    with log.open("w") as errors:
        try:
            with anyio.fail_after(PATIENCE):
                async with Client(stdio_client(parameters, errlog=errors)) as client:
                    tools = [tool.name for tool in (await client.list_tools()).tools]
                    listed = await client.call_tool("list_tasks", {"hits": 2})
        except Exception as error:  # noqa: BLE001 - whatever it is, it is why there is no answer
            started = " ".join(map(str, command))
            raise Failed(f"{started} does not answer: {error!r}\n{log.read_text('utf-8')}") from None
    return _looked_at(tools, "".join(part.text for part in listed.content if isinstance(part, TextContent)))


def _looked_at(tools: Sequence[str], text: str) -> str:
    expect([*tools] == [operation.name for operation in OPERATIONS], f"it offers {tools}")
    expect(text.startswith("[sandbox] Tasks 1-2 of "), f"list_tasks says {text!r}")
    return f"{len(tools)} tools, {text.partition('.')[0].partition(' of ')[2]} tasks"
