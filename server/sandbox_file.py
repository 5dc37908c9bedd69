"""What a file of the sandbox's that cannot be used is called."""

from collections.abc import Generator
from contextlib import contextmanager

from server.settings import Settings, SettingsError


@contextmanager
def sandbox_file(settings: Settings) -> Generator[None]:
    """Open the sandbox inside of this.

    Raises:
        SettingsError: its file is no database, or cannot be written.
    """
    import sqlite3

    try:
        yield
    except (sqlite3.Error, OSError):
        raise SettingsError(f"the sandbox cannot keep its tasks in {settings.sandbox_db}") from None
