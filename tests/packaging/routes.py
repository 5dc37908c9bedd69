"""The ways to install the wheel, each taken to its end: the version is told, and the server answers over stdio."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from server.version import NAME, VERSION
from tests.packaging.asking import ask
from tests.packaging.environments import INSTALLERS
from tests.packaging.work import WHEEL, Work, expect, said

VERSIONS = ("3.11", "3.12", "3.13", "3.14")


async def by_uvx(work: Work) -> str:
    """Run it without installing it, by uv."""
    return await _tried(work, "uvx", [INSTALLERS.commands / "uvx", "--quiet", "--from", WHEEL, NAME])


async def by_pipx_run(work: Work) -> str:
    """Run it without installing it, by pipx."""
    return await _tried(work, "pipx-run", [INSTALLERS.commands / "pipx", "run", "--quiet", "--spec", WHEEL, NAME])


async def by_pipx_install(work: Work) -> str:
    """Install it as an application."""
    home = work.room("pipx-install")
    variables = work.of_a_user(home.name)
    await said([INSTALLERS.commands / "pipx", "install", "--quiet", WHEEL], variables, home)
    return await _tried(work, home.name, [home / ".local" / "bin" / NAME])


async def by_pip(work: Work) -> str:
    """Install it into an environment, with both extras."""
    home = work.room("pip")
    variables = work.of_a_user(home.name)
    await said([sys.executable, "-m", "venv", home / "venv"], variables)
    # For one start it need not compile everything.
    pip = [home / "venv" / "bin" / "python", "-m", "pip", "install", "--quiet", "--no-compile"]
    await said([*pip, f"{WHEEL}[postgres,otel]"], variables, home)
    return await _tried(work, home.name, [home / "venv" / "bin" / NAME])


async def on_other_pythons(work: Work) -> str:
    """Run it on every other Python that it is for and that this machine has; says which it has not."""
    found = dict(_interpreters())
    for version, python in found.items():
        command = [INSTALLERS.commands / "uvx", "--quiet", "--python", python, "--from", WHEEL, NAME]
        await _tried(work, f"python-{version}", [*command])
    missing = [version for version in VERSIONS if version not in found and version != _ours()]
    tried = ", ".join(found) or "none"
    return f"{tried}" + (f"; not on this machine: {', '.join(missing)}" if missing else "")


def _ours() -> str:
    return f"{sys.version_info.major}.{sys.version_info.minor}"


def _interpreters() -> Iterator[tuple[str, str]]:
    for version in VERSIONS:
        python = shutil.which(f"python{version}")
        if version != _ours() and python and not subprocess.run(  # noqa: S603 - a Python of this machine
            [python, "-c", ""], capture_output=True, check=False, timeout=20
        ).returncode:  # fmt: skip
            yield version, python


async def _tried(work: Work, name: str, command: list[str | Path]) -> str:
    home = work.room(name)
    variables = work.of_a_user(name)
    version = (await said([*command, "--version"], variables, home)).strip()
    expect(version == f"{NAME} {VERSION}", f"--version says {version!r}")
    return await ask(command, variables, home)
