"""The server of a soak: a supervisor and two workers, a store that lasts, and a log."""

import secrets
import signal
import subprocess
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.served import Served
from tests.support.serving import COMMAND, PATIENCE, clean_environment

WORKERS = 2

_PATIENCE = {"CONNECT_TIMEOUT": "1", "READ_TIMEOUT": "1", "TOTAL_TIMEOUT": "3", "SETTLE_SECONDS": "0.5"}
UNDER_WAY = 120
"""Seconds after which no request of a call counts as under way any more, however short these are."""

_SOON = 0.05


@dataclass(frozen=True, slots=True)
class Soaked:
    """A server that is soaked.

    Attributes:
        served: Its processes.
        log: What it says.
        folder: Where its store is.
        secret: What nobody may ever see.
    """

    served: Served
    log: Path
    folder: Path
    secret: str

    @property
    def store(self) -> Path:
        """The file that its store is in."""
        (found,) = self.folder.rglob("*.sqlite3")
        return found

    @property
    def store_size(self) -> int:
        """The bytes of its store, with what is not yet merged into it."""
        return sum(file.stat().st_size for file in self.store.parent.glob(f"{self.store.name}*"))

    def ends(self) -> int:
        """Tell it to end, and return its exit status."""
        self.served.process.send_signal(signal.SIGTERM)
        return self.served.process.wait(PATIENCE)


@contextmanager
def soaked(gateway: str, folder: Path) -> Generator[Soaked]:
    """Start a server for a gateway with all it keeps in a folder, and yield it once it listens."""
    secret, log = secrets.token_hex(16), folder / "log"
    command = [COMMAND, "serve", "--http", "--port", "0", "--workers", str(WORKERS)]
    with log.open("w") as stderr:
        environment = clean_environment(**_environment(gateway, folder, secret))
        process = subprocess.Popen(command, stderr=stderr, text=True, env=environment)  # noqa: S603 - our own command
    try:
        yield Soaked(Served(process, _address(process, log)), log, folder, secret)
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(PATIENCE)


def _environment(gateway: str, folder: Path, secret: str) -> dict[str, str]:
    given = {
        **_PATIENCE,
        "STATE_DIR": str(folder / "state"),
        "STATE_KEYS": secrets.token_hex(32),
        # All of them are one caller, who leaves more questions open than one may for five minutes.
        "CONFIRM_SECONDS": "30",
        "DESTRUCTIVE_PER_HOUR": "1000000",
    }
    upstream = {"WAYLAY_GATEWAY_URL": gateway, "WAYLAY_API_KEY": "soak", "WAYLAY_API_SECRET": secret}
    return {**upstream, "TMPDIR": str(folder), **{f"WAYLAY_MCP_{name}": value for name, value in given.items()}}


def _address(process: "subprocess.Popen[str]", log: Path) -> str:
    """Return where a server listens, once it says so."""
    given_up = time.monotonic() + PATIENCE
    while time.monotonic() < given_up and process.poll() is None:
        words = log.read_text().replace(",", " ").split()
        if address := next((word.removesuffix("/mcp") for word in words if word.endswith("/mcp")), None):
            return address
        time.sleep(_SOON)
    raise RuntimeError(log.read_text())
