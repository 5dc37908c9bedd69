"""The Inspector's look at whether every host can read the tools' schemas."""

import re
import time
from pathlib import Path

from tests.judges.environments import Environment, alone, both
from tests.judges.verdict import Verdict

_FINDING = re.compile(
    r'^(?:Warning|Error): tool "(?P<tool>[^"]+)"\n\s*Path: (?P<path>.+)\n\s*Issue: (?P<issue>.+)', re.MULTILINE
)
_CLOSING = re.compile(r"(\d+) errors?, (\d+) warnings?")


async def judge_schemas(node: Environment, address: str, folder: Path) -> Verdict:
    """List the tools strictly."""
    began = time.monotonic()
    words = ("--cli", "--method", "tools/list", "--strict", "--format", "json", "--protocol-era", "modern")
    command = [node.scripts / "mcp-inspector", *words, "--server-url", f"{address}/mcp", "--transport", "http"]
    listed, said = await both(command, alone(node, folder, MCP_INSPECTOR_SECRET_STORE="file"), folder)
    found = {f"{match['tool']}:{match['path']}": match["issue"] for match in _FINDING.finditer(said)}
    counted = _CLOSING.search(said)
    if counted and int(counted[1]) + int(counted[2]) != len(found):
        found["not understood"] = said
    return Verdict("Inspector (strict)", listed.count('"inputSchema"'), list(found), found, time.monotonic() - began)
