"""What is beside the endpoint: where addresses lead, and pages that are for whoever runs the server."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from starlette.types import ASGIApp

from server.observing.counting import new_metrics
from server.web.app import http_app
from server.web.running import KEPT_ALIVE
from tests.support.nginx import CONFIGURATION
from tests.support.serving import serve
from tests.support.shared import shared_server
from tests.support.world import Sandbox, World, settings

INSIDE = ("/readyz", "/metrics")


@pytest.fixture
async def app(sandbox: Sandbox) -> AsyncIterator[ASGIApp]:
    world = World(sandbox, settings(allowed_hosts="one:8000"))
    yield http_app(world.running, world.settings, metrics=new_metrics())
    await world.running.aclose()


def client_of(app: ASGIApp, peer: str = "127.0.0.1") -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app, client=(peer, 50_000))
    return httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000")


async def test_an_address_with_another_slash_leads_on_by_the_scheme_that_the_browser_has(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    async with shared_server(sandbox, tmp_path) as shared, httpx.AsyncClient(base_url=shared.address) as client:
        behind_tls = {"Host": "mcp.example.com", "X-Forwarded-Proto": "https"}
        for path, to in (("/approvals", "/approvals/"), ("/mcp/", "/mcp")):
            answer = await client.get(path, headers=behind_tls)
            assert (answer.status_code, answer.headers["Location"]) == (307, to)
        assert (await client.post("/mcp/", headers=behind_tls)).headers["Location"] == "/mcp"
        for path in ("/approvals/listing/", "/healthz/", "/approvals/sign-in/", "/.well-known/"):
            assert "Location" not in (await client.get(path, headers=behind_tls)).headers, path


@pytest.mark.parametrize("path", INSIDE)
@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Host": "localhost:8000"}, 200),
        ({"Host": "[::1]:8000"}, 200),
        ({"Host": "10.1.2.3:8000"}, 200),
        ({"Host": "one:8000"}, 200),
        ({"Host": "evil.example.com"}, 421),
        ({"Host": "10.1.2.3.evil.example.com"}, 421),
        ({"Host": "localhost:8000", "Origin": "https://evil.example.com"}, 403),
        ({"X-Forwarded-For": "203.0.113.9"}, 403),
        ({"Forwarded": "for=203.0.113.9"}, 403),
    ],
)
async def test_what_is_for_inside_is_answered_to_addresses_and_known_names_and_through_no_proxy(
    app: ASGIApp, path: str, headers: dict[str, str], status: int
) -> None:
    async with client_of(app) as client:
        answer = await client.get(path, headers=headers)
    assert answer.status_code == status
    assert ("waylay_tasks_mcp_" in answer.text or "checks" in answer.text) == (status == 200)


@pytest.mark.parametrize("path", INSIDE)
@pytest.mark.parametrize(
    ("peer", "status"),
    [
        ("10.0.0.9", 200),
        ("192.168.1.9", 200),
        ("100.64.0.9", 200),
        ("::1", 200),
        ("fd00::9", 200),
        ("fe80::9%eth0", 200),
        ("8.8.8.8", 403),
        ("2a00:1450::9", 403),
        ("::ffff:8.8.8.8", 403),
        ("a socket", 403),
    ],
)
async def test_what_is_for_inside_is_not_answered_to_other_networks(
    app: ASGIApp, path: str, peer: str, status: int
) -> None:
    async with client_of(app, peer) as client:
        assert (await client.get(path)).status_code == status
        assert (await client.get("/healthz")).status_code == 200


@pytest.mark.parametrize("address", ["https://MCP.example.com", "https://mcp.example.com:443/"])
async def test_the_public_address_need_not_be_allowed_once_more(sandbox: Sandbox, address: str) -> None:
    chosen = settings(host="192.0.2.1", public_url=address, auth_issuer="https://id.example.com")
    world = World(sandbox, chosen)
    async with serve(http_app(world.running, chosen)) as served, httpx.AsyncClient(base_url=served) as client:
        for host, origin, status in (
            ("mcp.example.com", "https://mcp.example.com", 200),
            ("mcp.example.com:8000", "https://mcp.example.com", 200),
            ("mcp.example.com", "http://mcp.example.com", 403),
            ("other.example.com", "https://mcp.example.com", 421),
        ):
            answer = await client.get("/readyz", headers={"Host": host, "Origin": origin})
            assert answer.status_code == status
    await world.running.aclose()


def test_the_proxy_lets_go_of_a_connection_before_a_replica_closes_it() -> None:
    configured = (CONFIGURATION / "nginx.conf").read_text("utf-8")
    (seconds,) = re.findall(r"keepalive_timeout (\d+)s;", configured)
    assert int(seconds) + 10 < KEPT_ALIVE
    assert f"Less than the {KEPT_ALIVE} s" in configured
