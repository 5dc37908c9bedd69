"""The Python SDK, version 1, on a string: a call comes in as a line of JSON, and what came of it goes out as one."""

import json
import sys
from contextlib import AsyncExitStack

import anyio
from anyio import to_thread
from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import streamablehttp_client
from mcp.types import ElicitResult

GIVEN = json.loads(sys.argv[1])


async def main() -> None:
    """Carry out calls until there are no more."""
    answers, asked = [], []

    async def elicit(context, params):  # noqa: ANN001, ANN202
        asked.append(params.message)
        return ElicitResult.model_validate(answers[-1])

    async with AsyncExitStack() as stack:
        if GIVEN["url"]:
            streams = await stack.enter_async_context(streamablehttp_client(GIVEN["url"]))
        else:
            started = StdioServerParameters(command=GIVEN["command"], env=GIVEN["environment"])
            streams = await stack.enter_async_context(stdio_client(started))
        callback = elicit if GIVEN["forms"] else None
        session = ClientSession(streams[0], streams[1], elicitation_callback=callback)
        await stack.enter_async_context(session)
        version = (await session.initialize()).protocolVersion
        while line := await to_thread.run_sync(sys.stdin.readline):
            wanted = json.loads(line)
            answers.append(wanted["answer"])
            asked.clear()
            if wanted["tool"]:
                said = await session.call_tool(wanted["tool"], wanted["arguments"])
            else:
                said = await session.list_tools()
            shown = {"said": said.model_dump(mode="json", by_alias=True), "asked": asked, "version": version}
            sys.stdout.write(f"{json.dumps(shown)}\n")
            sys.stdout.flush()


anyio.run(main)
