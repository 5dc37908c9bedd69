"""Writing a client's file: whole or not at all, with a copy of what was there."""

import os
import secrets
import stat
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from server.installing.copies import free_name
from server.installing.refused import Refused

_ORDINARY_MODE = 0o666
_PRIVATE_MODE = 0o600


@dataclass(frozen=True)
class Found:
    """A file as it was found.

    Attributes:
        file: Where it really is: behind links.
        content: What is in it; None where there is none.
        mode: Its mode bits.
        owner: Account and group that it belongs to.
    """

    file: Path
    content: bytes | None = field(default=None, repr=False)
    mode: int = _ORDINARY_MODE
    owner: tuple[int, int] | None = None

    @property
    def new_folders(self) -> list[Path]:
        """The folders that are missing, outermost first."""
        return [folder for folder in reversed(self.file.parents) if not folder.exists()]


def look(file: Path) -> Found:
    """Return a file as it is now.

    Raises:
        Refused: it cannot be read, or is none.
    """
    try:
        real = file.resolve()
        if not real.exists():
            return Found(real)
        about = real.stat()
        if not stat.S_ISREG(about.st_mode):
            raise Refused("it is not an ordinary file")
        return Found(real, real.read_bytes(), stat.S_IMODE(about.st_mode), (about.st_uid, about.st_gid))
    except (OSError, RuntimeError) as error:
        raise Refused(f"it cannot be read ({_why(error)})") from None


def replace(found: Found, content: bytes, *, private: bool = False, copies: Path | None = None) -> Path | None:
    """Write a file anew and return where the copy of the old one is; None where there was none.

    The new content goes into a file beside it, which then takes its place: nobody ever finds half of it. Whether it is
    still as it was found is looked at last of all before that. Between the two lies a moment that file systems offer
    no way to close.

    Args:
        found: The file as it was shown.
        content: What is to be in it.
        private: Nobody else may read it, if it is new.
        copies: The folder for the copy, which nobody else may read; beside the file where none is given.

    Raises:
        Refused: it cannot be written, or is another one by now; it is as it was.
    """
    _check_writable(found)
    try:
        for folder in found.new_folders:
            folder.mkdir(exist_ok=True)
        written = _beside(found, content, _PRIVATE_MODE if private and found.content is None else found.mode)
        try:
            return _take_its_place(found, written, copies or found.file.parent)
        finally:
            written.unlink(missing_ok=True)
    except OSError as error:
        raise Refused(f"it cannot be written ({_why(error)})") from None


def _check_writable(found: Found) -> None:
    """Refuse a file that is protected: taking its place would get around that."""
    if found.content is None:
        return
    if not found.mode & 0o222 or not os.access(found.file, os.W_OK):
        raise Refused("it is read-only")


def _beside(found: Found, content: bytes, mode: int) -> Path:
    path = found.file.with_name(f".{found.file.name}.{secrets.token_hex(6)}.tmp")
    _write(path, content, found, mode)
    return path


def _write(path: Path, content: bytes, found: Found, mode: int) -> None:
    """Write a new file that is as private as the one that it is for, and see to it that it is on the disk."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), mode)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            _give_to_its_owner(descriptor, found, mode)
            stream.write(content)
            stream.flush()
            os.fsync(descriptor)
    except OSError:
        path.unlink(missing_ok=True)
        raise


def _give_to_its_owner(descriptor: int, found: Found, mode: int) -> None:
    if found.owner is None or sys.platform == "win32":
        return
    now = os.fstat(descriptor)
    if (now.st_uid, now.st_gid) != found.owner:
        os.fchown(descriptor, *found.owner)
    os.fchmod(descriptor, mode)


def _take_its_place(found: Found, written: Path, copies: Path) -> Path | None:
    backup = None
    if found.content is not None:
        copies.mkdir(mode=0o700, parents=True, exist_ok=True)
        backup = free_name(found.file, copies, datetime.now(UTC))
        _write(backup, found.content, found, _PRIVATE_MODE)
    try:
        _swap(found, written)
    except (OSError, Refused):
        if backup is not None:
            backup.unlink(missing_ok=True)
        raise
    _on_the_disk(found.file.parent)
    return backup


def _swap(found: Found, written: Path) -> None:
    now = look(found.file)
    if now.content != found.content:
        raise Refused("it was changed by somebody else in the meantime; look again")
    if found.content is not None:
        written.replace(found.file)
        return
    try:
        # A link is not made where there is a file by now, as a renaming would be.
        found.file.hardlink_to(written)
    except FileExistsError:
        raise Refused("it was made by somebody else in the meantime; look again") from None
    except (OSError, NotImplementedError):
        written.replace(found.file)


def _on_the_disk(folder: Path) -> None:
    """See to it that a renaming is on the disk; where folders cannot be opened for that, the system does it alone."""
    if sys.platform == "win32":
        return
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _why(error: BaseException) -> str:
    return (error.strerror if isinstance(error, OSError) and error.strerror else "its links lead in a circle").lower()
