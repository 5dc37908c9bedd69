"""A connection taken apart: which step towards the gateway fails, where a client only says that there is none."""

import base64
import ssl
from collections.abc import Sequence

import anyio
import httpx
from anyio.abc import ByteStream
from anyio.streams.tls import TLSStream

from server.doctor.proxies import Proxy

_ADDRESSES = 3
"""Addresses of a host that are tried."""

_MOST = 8192
"""Bytes that the head of a proxy's answer may have."""


class Refusal(Exception):
    """A proxy that does not let through.

    Args:
        status: The status that it answers; None where that is no HTTP.
    """

    def __init__(self, status: int | None) -> None:
        super().__init__(status)
        self.status = status


async def reached(addresses: Sequence[str], port: int, seconds: float) -> ByteStream:
    """Return a connection to the first address that takes one.

    Args:
        addresses: They are tried in turn, the first few of them.
        port: At which port.
        seconds: How long all of them may take together.

    Raises:
        OSError: none does; a TimeoutError where the last one is silent.
    """
    tried = addresses[:_ADDRESSES]
    failure: OSError = TimeoutError()
    for address in tried:
        try:
            with anyio.fail_after(seconds / len(tried)):
                return await anyio.connect_tcp(address, port)
        except OSError as error:
            # anyio has a word of its own for every failure; the system's is behind it.
            failure = error.__cause__ if isinstance(error.__cause__, OSError) else error
    raise failure


async def through(stream: ByteStream, proxy: Proxy, host: str, port: int) -> ByteStream:
    """Have a proxy connect to a host, and return the connection behind it.

    Raises:
        Refusal: it does not.
        OSError: the proxy is asked over TLS, and does not prove who it is.
        anyio.BrokenResourceError: the connection ends.
    """
    if proxy.url.scheme == "https":
        stream = await secured(stream, proxy.host, httpx.create_ssl_context())
    authority = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    head = [f"CONNECT {authority} HTTP/1.1", f"Host: {authority}", *_signed(proxy)]
    await stream.send("\r\n".join([*head, "", ""]).encode())
    status = _status(await _head(stream))
    if status is None or not httpx.codes.is_success(status):
        raise Refusal(status)
    return stream


async def secured(stream: ByteStream, host: str, context: ssl.SSLContext) -> ByteStream:
    """Return the connection with TLS, once the other side has proved to be `host`.

    Raises:
        ssl.SSLError: it did not.
        anyio.BrokenResourceError: it ended the connection.
    """
    return await TLSStream.wrap(stream, hostname=host, ssl_context=context, standard_compatible=False)


async def speaks_tls(addresses: Sequence[str], port: int, host: str, seconds: float) -> bool:
    """Tell whether TLS is spoken at a port, whoever it is; nothing is sent but the greeting."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    try:
        with anyio.fail_after(seconds):
            stream = await reached(addresses, port, seconds)
            try:
                await secured(stream, host, context)
            finally:
                await anyio.aclose_forcefully(stream)
    except (OSError, anyio.BrokenResourceError, anyio.EndOfStream):
        return False
    return True


def _signed(proxy: Proxy) -> list[str]:
    if not proxy.url.userinfo:
        return []
    pair = f"{proxy.url.username}:{proxy.url.password}".encode()
    return [f"Proxy-Authorization: Basic {base64.b64encode(pair).decode()}"]


async def _head(stream: ByteStream) -> bytes:
    read = b""
    while b"\r\n\r\n" not in read and len(read) < _MOST:
        try:
            read += await stream.receive()
        except anyio.EndOfStream:
            break
    return read


def _status(head: bytes) -> int | None:
    version, _, rest = head.partition(b" ")
    code = rest[:3]
    return int(code) if version.startswith(b"HTTP/") and code.isdigit() else None
