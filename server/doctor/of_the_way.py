"""The way to the gateway, step by step: proxy, name, connection."""

import errno
import ipaddress
import socket
import ssl
from http import HTTPStatus

import anyio

from server.doctor.check import Finding, fine, problem
from server.doctor.examined import Examined, known
from server.doctor.in_time import in_time
from server.doctor.probing import Refusal
from server.doctor.proxies import ProxyWrong, route_to
from server.doctor.target import Target
from server.doctor.tls_words import tls_failure

_NO_ROUTE = (errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EADDRNOTAVAIL)


async def look_at_proxy(examined: Examined) -> Finding:
    """Find out whether the way leads through a proxy."""
    url = known(examined.gateway).url
    try:
        route = route_to(url)
    except ProxyWrong as wrong:
        return problem(f"{wrong.says} The server cannot send anything.", wrong.cure)
    examined.route = route
    if route.proxy is not None:
        shown, setting = route.proxy.shown, route.proxy.setting
        return fine(f"Requests go through {shown}, which {setting} names.", proxy=shown, setting=setting)
    if route.exempt is not None:
        return fine(f"None: NO_PROXY exempts the gateway from the proxy in {route.exempt}.", exempt=route.exempt)
    return fine("None is set, so the gateway is reached directly.")


async def look_up_name(examined: Examined) -> Finding:
    """Find the addresses of the gateway, or of the proxy before it."""
    target = Target(examined)
    host = target.next_host
    try:
        ipaddress.ip_address(host)
    except ValueError:
        pass
    else:
        examined.addresses = (host,)
        return fine(f"{host} is an address, so there is no name to look up.", addresses=[host])
    return await _found(examined, target, host)


async def _found(examined: Examined, target: Target, host: str) -> Finding:
    try:
        found = await in_time(lambda: socket.getaddrinfo(host, None, type=socket.SOCK_STREAM), examined.patience)
    except TimeoutError:
        says = f"No name server answered within {examined.patience:g} seconds when it was asked for {host}."
        return problem(says, "Look whether this machine has a network, and its VPN is on where it needs one.")
    except (OSError, UnicodeError):
        cure = (
            f"Look for a typing error in {target.setting}, and whether this machine has a network, and its VPN is on "
            "where the name is only known inside."
        )
        return problem(f"The host name of the {target.what}, {host}, is not known.", cure, host=host)
    examined.addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    return fine(f"{host} is known.", host=host, addresses=[*examined.addresses])


async def look_at_connection(examined: Examined) -> Finding:
    """Connect, and have the proxy connect on."""
    target = Target(examined)
    if target.proxy and target.proxy.is_socks:
        return fine(f"A SOCKS proxy ({target.where}) is not looked at by itself.")
    try:
        async with target.connected():
            behind = f" lets through to {target.host}:{target.port}" if target.proxy else " takes connections"
            return fine(f"{target.where}{behind}.", host=target.next_host, port=target.next_port)
    except Refusal as refusal:
        return refused_by_proxy(target, refusal.status)
    except TimeoutError:
        return _silent(target, examined.patience)
    except ssl.SSLError as error:
        return tls_failure(error, f"the proxy {target.where}", target.setting)
    except (OSError, anyio.BrokenResourceError, anyio.EndOfStream) as error:
        return _not_connected(target, error)


def _silent(target: Target, seconds: float) -> Finding:
    says = f"{target.where} did not answer within {seconds:g} seconds: a firewall drops the connection, or it is off."
    if target.proxy:
        return problem(
            says, f"Look whether {target.setting} is right, and ask whoever runs the proxy.", cause="timeout"
        )
    cure = (
        f"Ask whoever runs the firewall to let {target.where} through, or set HTTPS_PROXY if this network only lets "
        "out through a proxy. Look at the port in WAYLAY_GATEWAY_URL, too."
    )
    return problem(says, cure, cause="timeout")


def _not_connected(target: Target, error: Exception) -> Finding:
    number = error.errno if isinstance(error, OSError) else None
    if isinstance(error, ConnectionRefusedError):
        says = f"{target.where} refuses connections: nothing listens there, or a firewall refuses."
        return problem(says, _at_the_port(target), cause="refused")
    if number in _NO_ROUTE:
        cure = "Look whether this machine has a network, and its VPN is on where it needs one."
        return problem(f"There is no route to {target.where} from this machine.", cure, cause="no route")
    says = f"{target.where} ended the connection: it does not speak what was expected, or a firewall cut it."
    return problem(says, _at_the_port(target), cause="ended")


def _at_the_port(target: Target) -> str:
    return f"Look at host and port in {target.setting}, and whether the {target.what} runs."


def refused_by_proxy(target: Target, status: int | None) -> Finding:
    """Return why a proxy does not let through, by the status that it answers."""
    proxy = f"The proxy {target.where}"
    if status == HTTPStatus.PROXY_AUTHENTICATION_REQUIRED:
        has_user = target.proxy is not None and target.proxy.url.userinfo
        says = f"{proxy} {'does not take this user and password' if has_user else 'wants a user and a password'} (407)."
        do = "Correct them" if has_user else "Write them"
        cure = f"{do} in {target.setting}, percent-encoded: http://user:password@{target.where}"
        return problem(says, cure, cause="proxy authentication", status=status)
    if status is None:
        cure = f"Look at host and port in {target.setting}."
        return problem(f"{target.where} is no HTTP proxy: it does not answer as one.", cure, cause="no proxy")
    says = f"{proxy} refuses to connect to {target.host}:{target.port} ({status})."
    if status in (502, 503, 504):
        says = f"{proxy} cannot reach {target.host}:{target.port} ({status})."
    cure = (
        f"Ask whoever runs the proxy to allow {target.host}:{target.port}, or exempt the host in NO_PROXY if it can be "
        "reached without. Look for a typing error in WAYLAY_GATEWAY_URL, too."
    )
    return problem(says, cure, cause="proxy", status=status)
