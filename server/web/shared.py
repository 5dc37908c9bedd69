"""What the workers of one server share."""

import secrets
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.context import SpawnContext
from pathlib import Path
from tempfile import TemporaryDirectory

from pydantic import SecretStr

from server.approvals.pages import OneDesk
from server.approvals.presence import NEVER
from server.callers.token_file import Entry
from server.guard.policy import Policy
from server.settings import Settings, SettingsError
from server.state_checks import NEW_KEY
from server.store.handles import new_key


@dataclass(frozen=True, slots=True)
class Shared:
    """What the workers of one server share, besides the store.

    Attributes:
        settings: What they do and where.
        policy: What calls have to wait for, as it was read once: a worker that starts later judges by no other.
        tokens: The tokens of a file, read once as well; None where there is none.
        desk: The approval page at the desk.
        folder: Theirs until the server ends.
        counted: Where they write what they count; None when nothing is.
    """

    settings: Settings
    policy: Policy
    tokens: Mapping[str, Entry] | None
    desk: OneDesk
    folder: Path
    counted: Path | None


@contextmanager
def shared_folder() -> Generator[Path]:
    """Make a folder that only this account can read, until the server ends."""
    with TemporaryDirectory(prefix="waylay-tasks-mcp-") as folder:
        yield Path(folder)


def for_workers(settings: Settings, folder: Path) -> Settings:
    """Return the settings of each worker: what would be in the memory of one is in files that all of them see.

    Args:
        settings: Those of the server.
        folder: Theirs until the server ends.

    Raises:
        SettingsError: the store outlives the server, and there is nothing to seal consents in it with.
    """
    ends_with_the_server = settings.uses_sandbox and settings.sandbox_db is None
    passing = ends_with_the_server and settings.state_dir is None and settings.state_url is None
    if not settings.state_keys and not passing:
        raise SettingsError(
            f"--workers {settings.workers} needs WAYLAY_MCP_STATE_KEYS, with which workers seal consents for each "
            f"other: set it to what `{NEW_KEY}` prints"
        )
    mine: dict[str, object] = {}
    if ends_with_the_server:
        mine["sandbox_db"] = folder / "sandbox.sqlite3"
    if passing:
        mine["state_dir"] = folder / "state"
        mine["state_keys"] = settings.state_keys or (SecretStr(new_key()),)
    return settings.model_copy(update=mine)


def one_desk(context: SpawnContext) -> OneDesk:
    """Return what processes share that serve the page at one desk."""
    seen, opened = (context.Value("d", NEVER, lock=False) for _ in range(2))
    return OneDesk(secrets.token_urlsafe(16), seen, opened)
