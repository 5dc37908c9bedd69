"""The command by which a client is to start this server, from how it was started just now."""

import json
import shutil
import sys
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path, PurePath
from typing import Any
from urllib.parse import urlsplit

from server.version import NAME

_ORDINARY = ("/usr/local/bin", "/usr/bin", "/bin")
"""Folders on the `PATH` of every program, also of those that no shell has started."""


def launch() -> tuple[str, ...]:
    """Return the command and its first arguments.

    What uvx and pipx run lies in a cache that may be emptied, so their own command is the one to write. Else it is the
    full path of the console script, because a client that was started from a desktop has another `PATH` than a
    terminal; the name alone where every program finds it.
    """
    runner = _runner(Path(sys.prefix))
    if runner:
        return runner
    beside = Path(sys.executable).with_name(f"{NAME}.exe" if sys.platform == "win32" else NAME)
    linked = shutil.which(NAME)
    if not beside.exists():
        return (linked or NAME,)
    if linked and Path(linked).resolve() == beside.resolve():
        return (NAME if str(Path(linked).parent) in _ORDINARY else linked,)
    return (str(beside),)


def typed() -> tuple[str, ...]:
    """Return the command as a person types it: its name, where their `PATH` leads to it."""
    command = launch()
    linked = shutil.which(NAME)
    return (NAME,) if linked is not None and command == (linked,) else command


def _runner(prefix: PurePath) -> tuple[str, ...]:
    """Return the command of uvx or pipx where one of them runs this from its cache; nothing elsewhere.

    uv keeps such environments in `archive-v0` of its cache, and pipx in `.cache` (`uv cache dir`, and the
    documentation of `pipx run`).
    """
    source = _source()
    if any(part.startswith("archive-v") for part in prefix.parts):
        return (_found("uvx"), *(("--from", source) if source else ()), NAME)
    if "pipx" in prefix.parts and ".cache" in prefix.parts:
        return (_found("pipx"), "run", *(("--spec", source) if source else ()), NAME)
    return ()


def _found(program: str) -> str:
    """Return a program's full path, unless every program finds it."""
    path = shutil.which(program)
    return program if path is None or str(Path(path).parent) in _ORDINARY else path


def _source() -> str | None:
    """Return where this was installed from, if that is not an index: installers write it down (PEP 610)."""
    try:
        text = distribution(NAME).read_text("direct_url.json")
    except PackageNotFoundError:
        return None
    found: dict[str, Any] = json.loads(text or "{}")
    return _requirement(found) if found.get("url") else None


def _requirement(found: Mapping[str, Any]) -> str:
    """Return a source as installers take it, with the commit and the folder in it that were installed."""
    url, version, folder = _without_account(found["url"]), found.get("vcs_info"), found.get("subdirectory")
    if version:
        commit = version.get("commit_id") or version.get("requested_revision")
        url = f"{version['vcs']}+{url}" + (f"@{commit}" if commit else "")
    return f"{url}#subdirectory={folder}" if folder else url


def _without_account(url: str) -> str:
    """Return an address without name and password, which are not for a file; `git` over SSH is nobody's account."""
    parts = urlsplit(url)
    account, _, host = parts.netloc.rpartition("@")
    if not account or (parts.scheme == "ssh" and account == "git"):
        return url
    return parts._replace(netloc=host).geturl()
