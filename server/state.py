"""Where this server keeps what must outlive a process or be seen by several."""

from pathlib import Path

from server.settings import Settings


def consents_file(settings: Settings) -> Path:
    """Return the file in which all workers of this machine share consents."""
    return _folder(settings) / "consents.sqlite3"


def _folder(settings: Settings) -> Path:
    from platformdirs import user_state_path

    return settings.state_dir or user_state_path("waylay-tasks-mcp", appauthor=False)
