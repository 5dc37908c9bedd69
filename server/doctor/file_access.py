"""What can be done with a file, found out without writing to it, or waiting for somebody else who writes."""

import os
from pathlib import Path

from server.doctor.check import Finding, warning
from tools.text import clean


def not_opened(path: Path, setting: str) -> Finding | None:
    """Return that a file is not read here, because reading could wait for ever; None where it can be read.

    Args:
        path: The file; it need not be there.
        setting: The setting that names it.
    """
    # These two never raise, whatever is wrong with the path: that is told by whoever opens it.
    if not os.path.exists(path) or os.path.isfile(path) or os.path.isdir(path):  # noqa: PTH110, PTH112, PTH113
        return None
    says = f"{clean(path, 200)} is a pipe or a device, and no file: it is not read here."
    return warning(says, f"Set {setting} to an ordinary file.")


def cannot_be_written(path: Path, *, with_folders: bool) -> str | None:
    """Return why a file cannot be written, as the end of a sentence; None where it can be.

    Args:
        path: The file; it need not be there yet.
        with_folders: Whether the folders that it is in are made, too, where they are missing.
    """
    try:
        if path.exists():
            return _of_file(path)
        folder = path.parent
        while with_folders and not folder.exists() and folder != folder.parent:
            folder = folder.parent
        return _of_folder(folder)
    except (OSError, ValueError) as error:
        return (error.strerror if isinstance(error, OSError) else None) or "this is no path"


def _of_file(path: Path) -> str | None:
    if path.is_dir():
        return "it is a folder"
    return None if os.access(path, os.W_OK) else "this account may not write it"


def _of_folder(folder: Path) -> str | None:
    if not folder.exists():
        return f"there is no folder {folder}"
    if not folder.is_dir():
        return f"{folder} is no folder"
    return None if os.access(folder, os.W_OK | os.X_OK) else f"this account may not write in {folder}"
