"""Where the copies of a client's file are: the files as they were before each change."""

import hashlib
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from server.installing.client import Scope
from server.installing.refused import Refused


def folder_of_copies(file: Path, scope: Scope) -> Path:
    """Return the folder in which the copies of a file are.

    That of a person's own file is beside it. A project's folder is shared, and the rules that keep a file out of what
    is shared do not know its copies: these are in the person's folder for state, in one for each file.

    Args:
        file: Where it really is.
        scope: Whose it is.

    Raises:
        Refused: the person has no home, as in containers.
    """
    if scope == "user":
        return file.parent
    from platformdirs import user_state_path

    try:
        state = user_state_path("waylay-tasks-mcp", appauthor=False)
    except RuntimeError:
        raise Refused("there is no home folder to keep a copy of it in") from None
    return state / "copies" / hashlib.sha256(str(file).encode("utf-8", "surrogateescape")).hexdigest()[:16]


def backups(file: Path, folder: Path) -> list[Path]:
    """Return the copies of a file that are in a folder, newest first."""
    with suppress(OSError):
        return sorted((path for path in folder.iterdir() if _is_backup(path, file)), reverse=True)
    return []


def free_name(file: Path, folder: Path, now: datetime) -> Path:
    """Return a name for a copy that no other has."""
    base = folder / f"{file.name}.{now:%Y%m%dT%H%M%SZ}"
    names = (base.with_name(f"{base.name}{f'-{count}' if count else ''}.bak") for count in range(1_000))
    return next(name for name in names if not name.exists())


def _is_backup(path: Path, file: Path) -> bool:
    return path.name.startswith(f"{file.name}.") and path.name.endswith(".bak") and path.is_file()
