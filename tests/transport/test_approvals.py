"""The whole road as a user has it: a host starts the server, a call waits, a browser opens, a person clicks."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from pathlib import Path

import httpx
import pytest
from mcp import Client

from server.approvals.pages import page_over_http
from server.store.store import Store
from server.web.app import http_app
from tests.support.desks import Opened, browser_at
from tests.support.serving import PATIENCE, over_http, over_stdio, serve
from tests.support.world import Sandbox, World, data, error, ids, settings, text

SCRIPT = """#!/bin/sh
echo "a browser that talks"
echo "and complains" >&2
printf '%s\\n' "$1" >> "{links}"
"""


@pytest.fixture
def links(tmp_path: Path) -> Path:
    """Where a browser notes what it was asked to open."""
    return tmp_path / "links"


@pytest.fixture
def browser(links: Path, tmp_path: Path) -> str:
    """The command of such a browser."""
    script = tmp_path / "browser"
    script.write_text(SCRIPT.format(links=links))
    script.chmod(0o700)
    return str(script)


async def link_in(links: Path) -> str:
    """Return the link, once the browser has it."""
    async with asyncio.timeout(PATIENCE):
        while not (links.exists() and links.read_text().endswith("\n")):  # noqa: ASYNC240, ASYNC110 - another program's
            await asyncio.sleep(0.02)
    return links.read_text().splitlines()[0]  # noqa: ASYNC240


async def approve_on_the_page(link: Awaitable[str]) -> None:
    async with browser_at(await link) as page:
        await page.decide(page.waiting[0], "approve")


async def test_over_stdio_the_users_browser_is_opened_and_its_noise_stays_out_of_the_protocol(
    browser: str, links: Path, tmp_path: Path
) -> None:
    environment = {"BROWSER": browser, "WAYLAY_MCP_CONFIRM": "human", "PATH": "/usr/bin:/bin"}
    log = tmp_path / "log"
    async with over_stdio(environment, log=log) as transport, Client(transport) as client:
        found = await client.call_tool("list_tasks", {"name": "*door alarm*", "status": "running"})
        calling = asyncio.create_task(client.call_tool("stop_task", {"task_id": ids(found)[0]}))
        await approve_on_the_page(link_in(links))
        assert data(await calling)["task"]["status"] == "stopped"
    assert log.read_text() == ""


async def test_a_folder_that_the_server_was_started_in_does_not_get_to_know_the_link(
    browser: str, links: Path, tmp_path: Path
) -> None:
    """An assistant that can write files could otherwise open the page itself."""
    for module in ("webbrowser", "shlex", "threading", "sitecustomize"):
        (tmp_path / f"{module}.py").write_text(f"open({str(tmp_path / 'taken')!r}, 'a').write({module!r})\n")
    environment = {"BROWSER": browser, "WAYLAY_MCP_CONFIRM": "human", "PATH": "/usr/bin:/bin"}
    environment |= {"PYTHONPATH": "", "WAYLAY_MCP_APPROVAL_WAIT": "0"}
    async with over_stdio(environment, log=tmp_path / "log") as transport, Client(transport) as client:
        found = await client.call_tool("list_tasks", {"name": "*door alarm*", "status": "running"})
        await client.call_tool("stop_task", {"task_id": ids(found)[0]})
        await link_in(links)
    assert not (tmp_path / "taken").exists()


async def test_over_stdio_without_a_screen_a_call_that_needs_a_person_is_refused(tmp_path: Path) -> None:
    async with over_stdio({"WAYLAY_MCP_CONFIRM": "human"}) as transport, Client(transport) as client:
        found = await client.call_tool("list_tasks", {"name": "*door alarm*", "status": "running"})
        result = await client.call_tool("stop_task", {"task_id": ids(found)[0]})
    assert error(result)["kind"] == "cannot_ask"
    assert "no browser can be opened where this server runs" in text(result)


@pytest.fixture
async def store(sandbox: Sandbox) -> AsyncIterator[Store]:
    made = Store("sqlite://", sandbox.clock, 300)
    yield made
    await made.aclose()


async def test_over_http_on_loopback_the_page_is_beside_the_endpoint(sandbox: Sandbox, store: Store) -> None:
    browser, chosen = Opened(), settings(confirm="human")
    approvals = page_over_http(chosen, store, "http://to-be-known", sandbox.clock, browser)
    world = World(sandbox, chosen, store=store, page=approvals.page)
    task_id = sandbox.create()
    async with serve(http_app(world.running, chosen, approvals=approvals.app)) as address:
        async with httpx.AsyncClient() as client:
            assert (await client.get(f"{address}/approvals/")).status_code == 403

        async def link() -> str:
            async with asyncio.timeout(PATIENCE):
                while not browser.links:  # noqa: ASYNC110 - the call is under way
                    await asyncio.sleep(0.01)
            return browser.links[0].replace("http://to-be-known", address)

        async with over_http(address) as transport, Client(transport) as client:
            calling = asyncio.create_task(client.call_tool("stop_task", {"task_id": task_id}))
            await approve_on_the_page(link())
            assert not (await calling).is_error
    assert sandbox.status(task_id) == "stopped"
    await world.running.aclose()


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"host": "192.0.2.1", "allowed_hosts": "mcp.example.com"}, "WAYLAY_MCP_OIDC_ISSUER is not set"),
        ({"approvals": "off"}, "WAYLAY_MCP_APPROVALS is off"),
    ],
)
async def test_over_http_there_is_no_page_that_anybody_could_open(
    sandbox: Sandbox, store: Store, given: dict[str, str], says: str
) -> None:
    chosen = settings(confirm="human", **given)
    approvals = page_over_http(chosen, store, "http://mcp.example.com", sandbox.clock, Opened())
    world = World(sandbox, chosen, store=store, page=approvals.page)
    async with serve(http_app(world.running, chosen, approvals=approvals.app)) as address:
        async with httpx.AsyncClient() as client:
            for path in ("", "/", "/open/x", "/at/x/", "/static/page.js"):
                answer = await client.get(f"{address}/approvals{path}", follow_redirects=True)
                assert (answer.status_code, says in answer.text) == (403, True)
        async with over_http(address) as transport, Client(transport) as client:
            result = await client.call_tool("stop_task", {"task_id": sandbox.create()})
    assert error(result)["kind"] == "cannot_ask"
    assert says in text(result)
    await world.running.aclose()
