"""A person at a desk: the browser that is opened for them, and what they do on the page."""

import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import httpx

from server.approvals.browser import Browser
from server.approvals.pages import page_over_stdio
from server.store.store import Store
from tests.support.serving import PATIENCE
from tests.support.world import Sandbox, World, settings

_TOKEN = re.compile(r'name="token" value="([^"]+)"')
_REQUEST = re.compile(r'action="requests/([^"]+)"')


class Opened(Browser):
    """A browser that notes what it is to open.

    Args:
        there: Whether there is one.
    """

    def __init__(self, *, there: bool = True) -> None:
        self.there = there
        self.links: list[str] = []

    def can_open(self) -> bool:
        """Say whether there is one."""
        return self.there

    def open(self, address: str) -> None:
        """Note the address."""
        self.links.append(address)


class Page:
    """The approval page in somebody's browser.

    Args:
        client: The browser.
        address: Where the page is.
        html: What it showed last.
    """

    def __init__(self, client: httpx.AsyncClient, address: str, html: str) -> None:
        self.client = client
        self.address = address
        self.html = html

    @property
    def token(self) -> str:
        """What the page's forms carry."""
        found = _TOKEN.search(self.html)
        assert found is not None
        return found[1]

    @property
    def waiting(self) -> list[str]:
        """The requests that it shows with buttons."""
        return _REQUEST.findall(self.html)

    async def reload(self) -> None:
        """Look again."""
        self.html = (await self.client.get(self.address)).text

    async def decide(self, request_id: str, decision: str, note: str = "", **headers: str) -> httpx.Response:
        """Press a button."""
        form = {"token": self.token, "decision": decision, "note": note}
        return await self.post(f"requests/{request_id}", form, **headers)

    async def post(self, path: str, form: dict[str, Any], **headers: str) -> httpx.Response:
        """Post a form, and follow where that leads."""
        answer = await self.client.post(f"{self.address}{path}", data=form, headers=headers, follow_redirects=True)
        self.html = answer.text
        return answer


@asynccontextmanager
async def browser_at(link: str) -> AsyncGenerator[Page]:
    """Yield the page that a new browser shows which follows a link."""
    async with httpx.AsyncClient(timeout=PATIENCE) as client:
        answer = await client.get(link, follow_redirects=True)
        yield Page(client, str(answer.url), answer.text)


def at_a_desk(sandbox: Sandbox, browser: Browser, url: str = "sqlite://", **given: Any) -> World:
    """Return a server over stdio, as far as its approval page goes; a person's yes is needed for what destroys."""
    chosen = settings(**{"confirm": "human", "approval_wait": 0, **given})
    store = Store(url, sandbox.clock, chosen.confirm_seconds)
    page = page_over_stdio(chosen, store, sandbox.clock, browser)
    return World(sandbox, chosen, store=store, page=page)
