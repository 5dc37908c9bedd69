"""The Inspector's command, which connects once and carries out one command after the other."""

import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.judges.clients.hands import Era, Said, Target
from tests.judges.environments import Environment, alone, run
from tests.support.serving import COMMAND


@dataclass(frozen=True, slots=True)
class Inspector:
    """The Inspector in its environment.

    Args:
        environment: Where it is installed.
        home: A folder of its own; its daemon's files are there too.
    """

    environment: Environment
    home: Path
    name: str = "Inspector (mcpdo)"
    eras: tuple[Era, ...] = ("modern", "legacy")

    @asynccontextmanager
    async def connect(self, target: Target, era: Era, *, forms: bool) -> AsyncGenerator["_Hands"]:
        """Connect with a daemon of its own, which ends with the connection."""
        variables = alone(self.environment, self.home, MCP_INSPECTOR_SECRET_STORE="file")
        mcpdo = str(self.environment.scripts / "mcpdo")
        exports = await run([mcpdo, "private"], variables)
        variables |= dict(_exported(line) for line in exports.splitlines() if line.startswith("export "))
        hands = _Hands([mcpdo, "--format", "json"], variables, era)
        try:
            await hands.connect(target, era, forms=forms)
            yield hands
        finally:
            await run([mcpdo, "daemon", "stop"], variables, check=False)


class _Hands:
    def __init__(self, command: list[str], variables: dict[str, str], era: Era) -> None:
        self._command = command
        self._variables = variables
        self._era = era

    async def connect(self, target: Target, era: Era, *, forms: bool) -> None:
        given = ["connect", "--era", era, "--elicit", "form" if forms else "off"]
        for name, value in target.environment.items():
            given += ["-e", f"{name}={value}"]
        given += [target.url] if target.url else ["--", COMMAND]
        connected = await self._do(*given)
        self._era = connected["protocolEra"]
        self._command += ["--connection", connected["name"]]

    async def tools(self) -> list[str]:
        return [tool["name"] for tool in (await self._do("tools/list"))["tools"]]

    async def version(self) -> str:
        return self._era

    async def call(self, tool: str, answer: dict[str, Any] | None, **arguments: Any) -> Said:
        result, asked = await self._do("tools/call", tool, "--tool-args-json", json.dumps(arguments)), list[str]()
        while pending := result.get("elicitationPending"):
            assert answer is not None
            asked.append(pending["message"])
            result = await self._do("elicitation/respond", pending["elicitationId"], *_answer(answer))
        return Said(result, asked)

    async def _do(self, *words: str) -> dict[str, Any]:
        # A result that is an error makes the command fail, and is on stdout all the same.
        said = await run([*self._command, *words], self._variables, check=False)
        return json.loads(said)


def _answer(answer: dict[str, Any]) -> list[str]:
    return [json.dumps(answer["content"])] if answer["action"] == "accept" else [f"--{answer['action']}"]


def _exported(line: str) -> tuple[str, str]:
    name, _, value = line.removeprefix("export ").partition("=")
    return name, value.strip("'\"")
