"""What every check works with."""

import os
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from server.version import VERSION
from tests.judges.environments import Environment, Failed, alone, run
from tests.packaging.environments import INSTALLERS
from tests.packaging.facts import DIST

_STEM = f"waylay_tasks_mcp-{VERSION}"
WHEEL = DIST / f"{_STEM}-py3-none-any.whl"
SDIST = DIST / f"{_STEM}.tar.gz"
BUNDLE = DIST / f"waylay-tasks-mcp-{VERSION}.mcpb"


@dataclass(frozen=True, slots=True)
class Work:
    """A folder to work in, which is gone afterwards.

    Args:
        folder: Where it is.
    """

    folder: Path

    def room(self, name: str) -> Path:
        """Return a folder in it, made where there is none yet."""
        made = self.folder / name
        made.mkdir(exist_ok=True)
        return made

    def without_network(self, environment: Environment) -> Mapping[str, str]:
        """Return the variables of a linter: what it judges by, it brought along."""
        return alone(environment, self.room("home"))

    def of_a_user(self, name: str, **given: str) -> dict[str, str]:
        """Return the variables of somebody who installs: a home with nothing in it, and no settings of this server."""
        home = self.room(name)
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("WAYLAY_", "VIRTUAL_ENV"))}
        return {
            **kept,
            "PATH": os.pathsep.join([str(INSTALLERS.commands), kept["PATH"]]),
            "HOME": str(home),
            # What was fetched once is kept beside the environments, which `make clean` removes.
            "UV_CACHE_DIR": str(INSTALLERS.folder / "cache"),
            **_trusting_as_this_machine(),
            "WAYLAY_MCP_STATE_DIR": str(home / "state"),
            **given,
        }


def _trusting_as_this_machine() -> dict[str, str]:
    """Return what makes uv trust whom this machine does: pip does so too, and uv has authorities of its own."""
    found = ssl.get_default_verify_paths()
    return {"UV_SYSTEM_CERTS": "true"} if found.cafile or found.capath else {}


async def said(command: list[str | Path], variables: Mapping[str, str], folder: Path | None = None) -> str:
    """Run a command and return what it says.

    Raises:
        Failed: with what it says, where it fails.
    """
    return await run(command, variables, folder)


def expect(met: bool, otherwise: str) -> None:
    """Hold what has to be.

    Raises:
        Failed: saying what is otherwise.
    """
    if not met:
        raise Failed(otherwise)


def of_this_machine() -> dict[str, str]:
    """Return this process's variables, for what has to reach the package indexes as this machine does."""
    return dict(os.environ)
