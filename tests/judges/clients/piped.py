"""Clients that are libraries: a small program around each is told line by line what to do."""

import json
import subprocess
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio
from anyio.abc import Process
from anyio.streams.buffered import BufferedByteReceiveStream

from tests.judges.clients.hands import Era, Said, Target
from tests.judges.environments import Environment, Failed, alone
from tests.support.serving import COMMAND

_LONGEST = 10_000_000
_PATIENCE = 30
HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Piped:
    """A client library in its environment.

    Args:
        name: What it is.
        eras: Which eras it speaks.
        environment: Where it is installed.
        program: The file of the program around it.
        home: A folder of its own.
    """

    name: str
    eras: tuple[Era, ...]
    environment: Environment
    program: str
    home: Path

    @asynccontextmanager
    async def connect(self, target: Target, era: Era, *, forms: bool) -> AsyncGenerator["_Hands"]:
        """Start the program; it ends with its input."""
        given = {"url": target.url, "command": COMMAND, "environment": target.environment, "era": era, "forms": forms}
        command = [*self._program(), json.dumps(given)]
        variables = alone(self.environment, self.home)
        async with await anyio.open_process(command, env=variables, stderr=subprocess.PIPE) as process:
            try:
                yield _Hands(process)
                assert process.stdin is not None
                await process.stdin.aclose()
                with anyio.fail_after(_PATIENCE):
                    await process.wait()
            finally:
                if process.returncode is None:
                    process.terminate()

    def _program(self) -> list[str]:
        if self.program.endswith(".py"):
            return [str(self.environment.commands / "python"), str(HERE / self.program)]
        # Node looks for modules beside the program, and not where it is started.
        copied = self.environment.folder / self.program
        copied.write_text((HERE / self.program).read_text("utf-8"), "utf-8")
        return [str(self.environment.commands / "node"), str(copied)]


class _Hands:
    def __init__(self, process: Process) -> None:
        assert process.stdout is not None
        self._process = process
        self._said = BufferedByteReceiveStream(process.stdout)

    async def tools(self) -> list[str]:
        return [tool["name"] for tool in (await self._tell())["said"]["tools"]]

    async def version(self) -> str:
        return str((await self._tell())["version"])

    async def call(self, tool: str, answer: dict[str, Any] | None, **arguments: Any) -> Said:
        heard = await self._tell(tool, arguments, answer)
        return Said(heard["said"], heard["asked"])

    async def _tell(self, tool: str | None = None, arguments: Any = None, answer: Any = None) -> dict[str, Any]:
        assert self._process.stdin is not None
        wanted = json.dumps({"tool": tool, "arguments": arguments, "answer": answer})
        try:
            with anyio.fail_after(_PATIENCE):
                await self._process.stdin.send(f"{wanted}\n".encode())
                return json.loads(await self._said.receive_until(b"\n", _LONGEST))
        except (anyio.IncompleteRead, anyio.BrokenResourceError):
            raise Failed(f"the client gave up: {await self._last_words()}") from None
        except TimeoutError:
            raise Failed(f"the client has not answered within {_PATIENCE} s") from None

    async def _last_words(self) -> str:
        assert self._process.stderr is not None
        return b"".join([part async for part in self._process.stderr]).decode(errors="replace")
