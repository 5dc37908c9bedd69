"""What the cells of a run share: a web server with a sandbox for each, names, certificates, and what was logged."""

import io
import logging
import sys
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

from mcp.client.session import ClientSession
from mcp.types import CallToolResult
from starlette.types import ASGIApp

from tests.faults.gateway import Identities, Names, gateways
from tests.faults.hosts import Hosts
from tests.faults.pulse import Pulse
from tests.support.serving import serve


@dataclass(frozen=True, slots=True)
class Stage:
    """What the cells of a run share.

    Attributes:
        hosts: The sandboxes by the names of their hosts.
        port: Where they are served.
        names: The name service.
        identities: Of the gateway.
        log: All that was logged.
        pulse: Whether this process stands still now and then.
    """

    hosts: Hosts
    port: int
    names: Names
    identities: Identities
    log: io.StringIO
    pulse: Pulse

    @contextmanager
    def known(self, host: str, app: ASGIApp, resolve: Callable[[str], str]) -> Generator[None]:
        """Have a name for a sandbox, and for the gateway before it."""
        self.hosts.apps[host] = app
        self.names.add(host, resolve)
        yield
        self.names.forget(host)
        del self.hosts.apps[host]


@asynccontextmanager
async def stage() -> AsyncGenerator[Stage]:
    """Yield a stage."""
    hosts, pulse = Hosts(), Pulse()
    with TemporaryDirectory() as folder, gateways(Path(folder)) as (names, identities), _logged() as log, _unchecked():
        async with serve(hosts) as address, pulse.beating():
            yield Stage(hosts, int(address.rpartition(":")[2]), names, identities, log, pulse)


@contextmanager
def _logged() -> Generator[io.StringIO]:
    """Yield what is logged where this server says all it can: libraries only warn, as they do there."""
    stream, root, ours = io.StringIO(), logging.getLogger(), logging.getLogger("waylay_tasks_mcp")
    handler, level = logging.StreamHandler(stream), ours.level
    root.addHandler(handler)
    ours.setLevel(logging.DEBUG)
    yield stream
    ours.setLevel(level)
    root.removeHandler(handler)


@contextmanager
def _unchecked() -> Generator[None]:
    """Let clients not check results against their schemas: most of a call's time, and done in every other test."""

    async def nothing(session: ClientSession, name: str, result: CallToolResult) -> None: ...

    with patch.object(ClientSession, "validate_tool_result", nothing):
        yield


def say(line: str = "") -> None:
    """Print a line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
