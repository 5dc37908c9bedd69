"""What a server finds around it: gateways, proxies and networks, on real sockets, that are well or ill."""

import json
import socket
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime
from email.utils import formatdate
from pathlib import Path
from typing import Any

import anyio
import anyio.abc
import jwt
import trustme

from server.sandbox.app import build_sandbox
from tests.canary.values import API_KEY, API_SECRET
from tests.support.gateways import raw
from tests.support.serving import serve

Environment = dict[str, str]
Arrangement = Callable[[Path], AbstractAsyncContextManager[Environment]]

KEY = {"WAYLAY_API_KEY": API_KEY, "WAYLAY_API_SECRET": API_SECRET}
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
PROXY_PASSWORD = "canary-proxy-password-81f3"
_TASKS = 5
_TLS = b"\x16"
"""How a greeting in TLS begins."""


def token(**claims: Any) -> str:
    """Return a token that says so."""
    return jwt.encode({"tenant": "acme", "sub": "users/ann", **claims}, "nobody looks at this signature key", "HS256")


def given(**environment: str) -> Arrangement:
    """Return an environment, and nothing around it."""

    @asynccontextmanager
    async def arrange(folder: Path) -> AsyncGenerator[Environment]:
        yield {name: value.replace("FOLDER", str(folder)) for name, value in environment.items()}

    return arrange


def with_file(name: str, content: str, **environment: str) -> Arrangement:
    """Return an environment in which FOLDER has such a file."""

    @asynccontextmanager
    async def arrange(folder: Path) -> AsyncGenerator[Environment]:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content.replace("FOLDER", str(folder)))
        async with given(**environment)(folder) as made:
            yield made

    return arrange


def a_gateway(**environment: str) -> Arrangement:
    """Return a gateway that is well."""

    @asynccontextmanager
    async def arrange(folder: Path) -> AsyncGenerator[Environment]:
        engine = build_sandbox(None, _TASKS)
        async with serve(engine) as address, given(**environment)(folder) as more:
            yield {**KEY, "WAYLAY_GATEWAY_URL": address, **more}
        engine.state.store.close()

    return arrange


def with_tls(
    host: str = "127.0.0.1", *, known: bool = True, ended: bool = False, scheme: str = "https", **environment: str
) -> Arrangement:
    """Return a gateway that proves to be `host`, by an authority that is known or not."""

    @asynccontextmanager
    async def arrange(folder: Path) -> AsyncGenerator[Environment]:
        authority = trustme.CA()
        trusted = authority if known else trustme.CA()
        trusted.cert_pem.write_to_path(str(folder / "authority.pem"))
        certificate = authority.issue_cert(host, not_after=LONG_AGO if ended else None)
        certificate.private_key_and_cert_chain_pem.write_to_path(str(folder / "gateway.pem"))
        engine = build_sandbox(None, _TASKS)
        async with serve(engine, folder / "gateway.pem") as address:
            url = address.replace("https", scheme)
            authorities = str(folder / "authority.pem")
            yield {**KEY, "WAYLAY_GATEWAY_URL": url, "SSL_CERT_FILE": authorities, **environment}
        engine.state.store.close()

    return arrange


def saying(answer: bytes | None, scheme: str = "http", path: str = "", **environment: str) -> Arrangement:
    """Return what answers every request in these bytes; None is silence, and nothing at all is a closed connection."""

    @asynccontextmanager
    async def arrange(folder: Path) -> AsyncGenerator[Environment]:
        async with raw(lambda stream: _answer(stream, answer)) as port:
            signed = {} if "WAYLAY_TOKEN" in environment else KEY
            yield {**signed, "WAYLAY_GATEWAY_URL": f"{scheme}://127.0.0.1:{port}{path}", **environment}

    return arrange


def by_proxy(answer: bytes | None, variable: str = "HTTPS_PROXY", url: str = "https://waylay.invalid") -> Arrangement:
    """Return a proxy that answers in these bytes, before a gateway."""

    @asynccontextmanager
    async def arrange(folder: Path) -> AsyncGenerator[Environment]:
        async with raw(lambda stream: _answer(stream, answer)) as port:
            proxy = f"http://ann:{PROXY_PASSWORD}@127.0.0.1:{port}"
            more = {"WAYLAY_MCP_ALLOW_PLAIN_HTTP": "true"} if url.startswith("http:") else {}
            yield {**KEY, "WAYLAY_GATEWAY_URL": url, variable: proxy, **more}

    return arrange


def answering(status: str, body: str | bytes = b"", kind: str = "application/json", **headers: str) -> bytes:
    """Return an answer as it is sent."""
    content = body.encode() if isinstance(body, str) else body
    lines = {"content-type": kind, "content-length": str(len(content)), "connection": "close", **headers}
    head = [f"HTTP/1.1 {status}", *(f"{name.replace('_', '-')}: {value}" for name, value in lines.items())]
    return "\r\n".join([*head, "", ""]).encode() + content


def page(status: str, title: str) -> bytes:
    """Return a web page as it is sent."""
    return answering(status, f"<html><head><title>{title}</title></head></html>", "text/html; charset=utf-8")


def refusal(status: int, error: str) -> bytes:
    """Return a refusal in the service's own words."""
    return answering(f"{status} Refused", json.dumps({"statusCode": status, "error": error}))


def no_tasks(seconds_ahead: float = 0) -> bytes:
    """Return an empty page of a service whose clock is ahead of ours."""
    listing = json.dumps({"values": [], "skip": 0, "limit": 1, "total": 0})
    kind = "application/vnd.waylay.paged+json"
    return answering("200 OK", listing, kind, date=formatdate(time.time() + seconds_ahead, usegmt=True))


@asynccontextmanager
async def a_firewall(folder: Path) -> AsyncGenerator[Environment]:
    """Arrange for a port that drops connections: its queue is full, and nobody takes any out of it."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        held = [socket.socket() for _ in range(3)]
        for one in held:
            one.setblocking(False)
            one.connect_ex(listener.getsockname())
        yield {**KEY, "WAYLAY_GATEWAY_URL": f"https://127.0.0.1:{listener.getsockname()[1]}"}
        for one in held:
            one.close()


@asynccontextmanager
async def a_closed_port(folder: Path) -> AsyncGenerator[Environment]:
    """Arrange for a port at which nobody listens."""
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        yield {**KEY, "WAYLAY_GATEWAY_URL": f"https://127.0.0.1:{reserved.getsockname()[1]}"}


@asynccontextmanager
async def a_closed_proxy(folder: Path) -> AsyncGenerator[Environment]:
    """Arrange for a proxy that does not run."""
    async with a_closed_port(folder) as found:
        proxy = found["WAYLAY_GATEWAY_URL"].replace("https", "http")
        yield {**KEY, "WAYLAY_GATEWAY_URL": "https://waylay.invalid", "https_proxy": proxy}


@asynccontextmanager
async def through_a_proxy(folder: Path) -> AsyncGenerator[Environment]:
    """Arrange for a gateway behind a proxy that wants a password, by a name that only the proxy knows."""
    async with with_tls("waylay.invalid")(folder) as found:
        port = int(found["WAYLAY_GATEWAY_URL"].rpartition(":")[2])
        async with raw(lambda stream: _connect(stream, port)) as proxy:
            address = f"http://ann:{PROXY_PASSWORD}@127.0.0.1:{proxy}"
            yield {**found, "WAYLAY_GATEWAY_URL": "https://waylay.invalid", "HTTPS_PROXY": address}


async def _answer(stream: anyio.abc.SocketStream, answer: bytes | None) -> None:
    read = await stream.receive()
    while b"\r\n\r\n" not in read and answer and not read.startswith(_TLS):
        read += await stream.receive()
    if answer is None:
        await anyio.sleep_forever()
    await stream.send(answer or b"")


async def _connect(client: anyio.abc.SocketStream, port: int) -> None:
    head = await client.receive()
    if b"Proxy-Authorization: Basic " not in head and b"proxy-authorization: Basic " not in head.lower():
        await client.send(answering("407 Proxy Authentication Required"))
        return
    await client.send(b"HTTP/1.1 200 Connection established\r\n\r\n")
    async with await anyio.connect_tcp("127.0.0.1", port) as gateway, anyio.create_task_group() as tasks:
        tasks.start_soon(_pass_on, client, gateway)
        await _pass_on(gateway, client)
        tasks.cancel_scope.cancel()


async def _pass_on(source: anyio.abc.SocketStream, sink: anyio.abc.SocketStream) -> None:
    try:
        async for part in source:
            await sink.send(part)
    except anyio.BrokenResourceError:
        return
