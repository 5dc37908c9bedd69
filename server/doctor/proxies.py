"""Which proxy the way to the gateway leads through: the client takes it from the environment, so this asks the same."""

import os
from dataclasses import dataclass, field
from importlib.util import find_spec

import httpx
from httpx._utils import URLPattern, get_environment_proxies  # pyright: ignore[reportPrivateUsage]

_SCHEMES = ("http", "https", "socks5", "socks5h")


class ProxyWrong(Exception):
    """A proxy that no request can go through, so that the client cannot even be made.

    Args:
        says: What is wrong, without what is secret in its address.
        cure: What to do about it.
    """

    def __init__(self, says: str, cure: str) -> None:
        super().__init__(says)
        self.says = says
        self.cure = cure


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy.

    Attributes:
        url: Its address, with its user and password, if it has them.
        setting: The variable that names it.
    """

    url: httpx.URL = field(repr=False)
    setting: str

    @property
    def shown(self) -> str:
        """Its address without user and password."""
        return f"{self.url.scheme}://{self.where}"

    @property
    def where(self) -> str:
        """Its host and port."""
        return f"{self.host}:{self.port}"

    @property
    def host(self) -> str:
        """Its host."""
        return self.url.host

    @property
    def port(self) -> int:
        """Its port."""
        return self.url.port or {"https": 443, "http": 80}.get(self.url.scheme, 1080)

    @property
    def is_socks(self) -> bool:
        """Whether it does not speak HTTP."""
        return self.url.scheme.startswith("socks")


@dataclass(frozen=True, slots=True)
class Route:
    """How requests leave.

    Attributes:
        proxy: Through which proxy; None directly.
        exempt: The variable that names a proxy which is not used, because NO_PROXY exempts the gateway.
    """

    proxy: Proxy | None = None
    exempt: str | None = None


def route_to(url: str) -> Route:
    """Return how requests to an address leave.

    Raises:
        ProxyWrong: the environment names a proxy that cannot be used, for this address or for another.
    """
    try:
        proxies = {URLPattern(pattern): address for pattern, address in get_environment_proxies().items()}
    except (ValueError, httpx.InvalidURL):
        raise _unreadable(_setting("NO_PROXY"), "host names with commas between") from None
    found = {pattern: _proxy(pattern, address) for pattern, address in proxies.items() if address}
    target = httpx.URL(url)
    first = next((pattern for pattern in sorted(proxies) if pattern.matches(target)), None)
    if first is not None and first in found:
        return Route(found[first])
    exempt = next((proxy.setting for pattern, proxy in sorted(found.items()) if pattern.matches(target)), None)
    return Route(exempt=exempt)


def _proxy(pattern: URLPattern, address: str) -> Proxy:
    setting = _setting(f"{pattern.scheme or 'all'}_PROXY".upper())
    try:
        whole = httpx.URL(address)
    except httpx.InvalidURL:
        raise _unreadable(setting, "http://proxy.example:3128") from None
    if _is_cut_short(address, whole):
        raise ProxyWrong(
            f"{setting} cannot be understood: a sign in its user or password ends the address early.",
            f"Percent-encode user and password in {setting}: / is %2F, # is %23, ? is %3F, @ is %40.",
        )
    if whole.scheme not in _SCHEMES or not whole.host:
        raise _unreadable(setting, "http://proxy.example:3128")
    if whole.scheme.startswith("socks") and find_spec("socksio") is None:
        raise ProxyWrong(
            f"{setting} names a SOCKS proxy, and the package for those is not installed.",
            f"Install socksio beside this server (pip install socksio), or unset {setting}.",
        )
    return Proxy(whole, setting)


def _is_cut_short(address: str, whole: httpx.URL) -> bool:
    """Tell whether a part of a user or password was taken for something else, as for the host or the path."""
    more = whole.path not in ("", "/") or whole.query or whole.fragment
    return "@" in address and bool(more or not whole.userinfo)


def _unreadable(setting: str, example: str) -> ProxyWrong:
    return ProxyWrong(f"{setting} cannot be understood.", f"Set {setting} as in {example}, or unset it.")


def _setting(name: str) -> str:
    """Return the spelling in which a variable is set: the one in small letters counts where there are both."""
    return name.lower() if os.environ.get(name.lower()) else name
