"""Where this server keeps what must outlive a process or be seen by several."""

import time
from collections.abc import Callable

from server.settings import Settings
from server.store.store import Store

_FILE = "state.sqlite3"


def store_for(settings: Settings, clock: Callable[[], float] = time.time) -> Store:
    """Return the store that a server with these settings uses; nothing is opened yet."""
    # The tasks of a sandbox in memory end with the process, and with them all that there is to say about them.
    passing = settings.uses_sandbox and settings.sandbox_db is None and settings.state_dir is None
    url = "sqlite://" if passing and settings.state_url is None else _url(settings)
    return _store(url, settings, clock, logs=True)


def lasting_store(settings: Settings, clock: Callable[[], float] = time.time) -> Store:
    """Return the store that servers on this machine share, whichever tenant they are for.

    It is for commands in a terminal, which say themselves what is the matter with it.
    """
    return _store(_url(settings), settings, clock, logs=False)


def _store(url: str, settings: Settings, clock: Callable[[], float], *, logs: bool) -> Store:
    keys = [key.get_secret_value() for key in settings.state_keys]
    return Store(url, clock, settings.confirm_seconds, settings.retention_days, keys=keys, logs=logs)


def _url(settings: Settings) -> str:
    if settings.state_url is not None:
        return settings.state_url.get_secret_value()
    from platformdirs import user_state_path

    folder = settings.state_dir or user_state_path("waylay-tasks-mcp", appauthor=False)
    return f"sqlite:///{folder / _FILE}"
