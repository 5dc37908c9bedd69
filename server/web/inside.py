"""Pages for those who run this server: answered within their network, and under names that are known."""

from ipaddress import IPv6Address, ip_address
from urllib.parse import urlsplit

from mcp.server.transport_security import TransportSecurityMiddleware, TransportSecuritySettings
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

_BY_PROXIES = ("forwarded", "x-forwarded-for")
_NOT_FOR_ALL = "This page is only answered within the network of this server, and not through a proxy.\n"


class Inside:
    """Refuses who comes from another network or through a proxy, and the names that a foreign page could have.

    Args:
        app: A page.
        known: The names under which it is answered, besides addresses: a page of somebody else's has a name.
    """

    def __init__(self, app: ASGIApp, known: TransportSecuritySettings) -> None:
        self._app = app
        self._names = TransportSecurityMiddleware(known)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        request = Request(scope)
        answer: ASGIApp | None = None
        if not _is_from_here(request):
            answer = PlainTextResponse(_NOT_FOR_ALL, 403)
        elif not _is_address(request.headers.get("host", "")):
            answer = await self._names.validate_request(request)
        await (answer or self._app)(scope, receive, send)


def _is_from_here(request: Request) -> bool:
    """Return whether a request comes from this machine or a private network, as far as the connection tells."""
    if request.client is None or any(name in request.headers for name in _BY_PROXIES):
        return False
    try:
        found = ip_address(request.client.host.partition("%")[0])
    except ValueError:
        return False
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return not (mapped or found).is_global


def _is_address(host: str) -> bool:
    try:
        ip_address(urlsplit(f"//{host}").hostname or "")
    except ValueError:
        return False
    return True
