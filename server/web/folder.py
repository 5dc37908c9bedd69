"""The folder of a server with workers, when its supervisor was killed: the last of them removes it."""

import fcntl
import os
import shutil
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from pathlib import Path

_LOCK = "workers"


@contextmanager
def using(folder: Path) -> Generator[Callable[[], None]]:
    """Use a folder; yields what removes it, unless somebody else uses it still.

    Args:
        folder: Used by the workers of one server.
    """
    lock = os.open(folder / _LOCK, os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_SH)
        yield lambda: _remove(folder, lock)
    finally:
        os.close(lock)


def _remove(folder: Path, lock: int) -> None:
    # One's own use ends first: of two that end at once, either sees the other's, or none is left.
    fcntl.flock(lock, fcntl.LOCK_UN)
    with suppress(BlockingIOError):
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(folder, ignore_errors=True)
