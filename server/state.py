"""Where this server keeps what must outlive a process or be seen by several."""

import time
from collections.abc import Callable
from pathlib import Path

from server.settings import Settings, SettingsError
from server.store.store import Store

_FILE = "state.sqlite3"


def store_for(settings: Settings, clock: Callable[[], float] = time.time) -> Store:
    """Return the store that a server with these settings uses; nothing is opened yet."""
    return _store(store_address(settings), settings, clock, logs=True)


def store_address(settings: Settings) -> str:
    """Return where that store is: `sqlite://` is in memory, `sqlite:///file`, `postgresql://…`, with its password."""
    # The tasks of a sandbox in memory end with the process, and with them all that there is to say about them.
    passing = settings.uses_sandbox and settings.sandbox_db is None and settings.state_dir is None
    return "sqlite://" if passing and settings.state_url is None else _url(settings)


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
    return f"sqlite:///{(settings.state_dir or _users_folder()) / _FILE}"


def _users_folder() -> Path:
    """Return the user's folder for state.

    Raises:
        SettingsError: the user has no home, as in containers.
    """
    from platformdirs import user_state_path

    try:
        return user_state_path("waylay-tasks-mcp", appauthor=False)
    except RuntimeError:
        raise SettingsError(
            "there is no home folder to keep changes in: name a folder in WAYLAY_MCP_STATE_DIR"
        ) from None
