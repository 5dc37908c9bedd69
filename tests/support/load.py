"""Calls a tool over many connections at once, and prints how many calls were answered, in how many seconds.

It shares the machine with the server: only what was measured side by side can be compared.
`python -m tests.support.load PORT TOOL ARGUMENTS CONNECTIONS SECONDS`
"""

import asyncio
import json
import re
import sys
import time

_VERSION = "2026-07-28"
_LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)


def request(port: int, tool: str, arguments: dict[str, object]) -> bytes:
    """Return a call as it goes over the wire."""
    meta = {
        "io.modelcontextprotocol/protocolVersion": _VERSION,
        "io.modelcontextprotocol/clientInfo": {"name": "load", "version": "0"},
        "io.modelcontextprotocol/clientCapabilities": {},
    }
    params = {"name": tool, "arguments": arguments, "_meta": meta}
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}).encode()
    head = (
        f"POST /mcp HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n"
        f"Accept: application/json, text/event-stream\r\nMCP-Protocol-Version: {_VERSION}\r\nMCP-Method: tools/call\r\n"
        f"MCP-Name: {tool}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def connection(port: int, asked: bytes, until: float) -> int:
    """Call again and again over one connection and return how often."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    calls = 0
    while time.monotonic() < until:
        writer.write(asked)
        head = await reader.readuntil(b"\r\n\r\n")
        length = _LENGTH.search(head)
        assert length is not None, head
        body = await reader.readexactly(int(length[1]))
        assert head.startswith(b"HTTP/1.1 200"), head + body
        assert b'"isError":true' not in body, body
        calls += 1
    writer.close()
    return calls


async def load(
    port: int, tool: str, arguments: dict[str, object], connections: int, seconds: float
) -> tuple[int, float]:
    """Return the calls that were answered, and the seconds that they took."""
    asked, began = request(port, tool, arguments), time.monotonic()
    calls = await asyncio.gather(*(connection(port, asked, began + seconds) for _ in range(connections)))
    return sum(calls), time.monotonic() - began


if __name__ == "__main__":
    port, tool, arguments, connections, seconds = sys.argv[1:]
    import uvloop

    answered, took = uvloop.run(load(int(port), tool, json.loads(arguments), int(connections), float(seconds)))
    sys.stdout.write(f"{answered} {took}\n")
