"""Where requests lead: to the gateway, or to the proxy before it."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import anyio
import httpx
from anyio.abc import ByteStream

from server.doctor.examined import Examined, known
from server.doctor.probing import reached, through
from server.doctor.proxies import Proxy, Route
from server.settings_checks import LOOPBACK

_PORTS = {"https": 443, "http": 80}


class Target:
    """Where the next step leads: to the proxy, or to the gateway itself.

    Args:
        examined: What is known so far.
    """

    def __init__(self, examined: Examined) -> None:
        self.url = httpx.URL(known(examined.gateway).url)
        self.route: Route = known(examined.route)
        self.proxy: Proxy | None = self.route.proxy
        self.host = self.url.host
        self.port = self.url.port or _PORTS[self.url.scheme]
        self.next_host = self.proxy.host if self.proxy else self.host
        self.next_port = self.proxy.port if self.proxy else self.port
        self.setting = self.proxy.setting if self.proxy else "WAYLAY_GATEWAY_URL"
        self.what = "proxy" if self.proxy else "gateway"
        self.is_local = self.host in LOOPBACK
        self._addresses = examined.addresses
        self._patience = examined.patience

    @property
    def where(self) -> str:
        """Host and port of the next step."""
        return f"{self.next_host}:{self.next_port}"

    @asynccontextmanager
    async def connected(self) -> AsyncGenerator[ByteStream]:
        """Yield a connection towards the gateway, through the proxy where its TLS begins.

        Raises:
            Refusal: the proxy does not let through.
            OSError: there is none.
            TimeoutError: it takes too long.
        """
        with anyio.fail_after(self._patience):
            stream = await reached(self._addresses, self.next_port, self._patience)
            try:
                if self.proxy and self.url.scheme == "https":
                    stream = await through(stream, self.proxy, self.host, self.port)
                yield stream
            finally:
                await anyio.aclose_forcefully(stream)
