"""Takes connections from a socket that other workers listen on as well."""

import asyncio
import errno
import logging
import socket
from collections.abc import Callable, Sized

from server.web.fair_share import FairShare

logger = logging.getLogger("waylay_tasks_mcp.workers")

_ASIDE = 0.001
"""Seconds in which others can take a connection that this worker leaves to them. Then it takes one all the same: they
may be busy, or stand still."""

_NO_ROOM = 1
"""Seconds until a process tries again that may not open any more files."""

_OF_ONE_CONNECTION = frozenset(
    {
        errno.ECONNABORTED,
        errno.ECONNRESET,
        errno.EHOSTDOWN,
        errno.EHOSTUNREACH,
        errno.ENETDOWN,
        errno.ENETUNREACH,
        errno.ENOPROTOOPT,
        errno.EOPNOTSUPP,
        errno.EPERM,
        errno.EPROTO,
        errno.ETIMEDOUT,
    }
)
"""What is wrong with the connection that is taken, and not with taking any: a firewall or the network ended it.

Source: accept(2), "Error handling".
"""


class Accepting:
    """Does what uvicorn leaves to a server of the event loop, and takes one connection at a time.

    Args:
        listener: Where connections come in.
        protocol: Makes what speaks HTTP over one.
        connections: Those that are open.
        share: How many others have.
    """

    def __init__(
        self, listener: socket.socket, protocol: Callable[[], asyncio.Protocol], connections: Sized, share: FairShare
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._listener = listener
        self._protocol = protocol
        self._connections = connections
        self._share = share
        self._greeted: set[asyncio.Task[None]] = set()
        self._aside: asyncio.TimerHandle | None = None

    def begin(self) -> None:
        """Take connections from now on."""
        self._listener.setblocking(False)
        self.tell()
        self._loop.add_reader(self._listener, self._ready)

    def tell(self) -> None:
        """Tell the other workers how many connections are open."""
        self._share.tell(self._number())

    def close(self) -> None:
        """Take no more."""
        self._loop.remove_reader(self._listener)
        if self._aside is not None:
            self._aside.cancel()

    async def settle(self) -> None:
        """Wait until those that were taken last are among the open ones."""
        await asyncio.gather(*self._greeted, return_exceptions=True)

    def _number(self) -> int:
        return len(self._connections) + len(self._greeted)

    def _ready(self) -> None:
        if self._share.is_exceeded(self._number()):
            self._step_aside(_ASIDE)
        else:
            self._take()

    def _step_aside(self, seconds: float) -> None:
        self._loop.remove_reader(self._listener)
        self._aside = self._loop.call_later(seconds, self._step_back)

    def _step_back(self) -> None:
        self._loop.add_reader(self._listener, self._ready)
        self._take()

    def _take(self) -> None:
        try:
            taken, _ = self._listener.accept()
        except (BlockingIOError, InterruptedError):
            # Somebody else was quicker.
            return
        except OSError as error:
            if error.errno in _OF_ONE_CONNECTION:
                return
            # Besides a lack of room it may be the listener itself that is of no use: without a pause that would spin.
            logger.warning("no connection can be taken: %s; tried again in %d s", error.strerror, _NO_ROOM)
            self._step_aside(_NO_ROOM)
            return
        greeted = self._loop.create_task(self._greet(taken))
        self._greeted.add(greeted)
        greeted.add_done_callback(self._greeted.discard)
        self.tell()

    async def _greet(self, taken: socket.socket) -> None:
        taken.setblocking(False)
        try:
            # Else a small answer on a connection that stays open waits for 40 ms.
            taken.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            await self._loop.connect_accepted_socket(self._protocol, taken)
        except OSError:
            # Whoever connected is gone.
            taken.close()
        except Exception:
            taken.close()
            logger.exception("a connection was taken and could not be served; the others are")
