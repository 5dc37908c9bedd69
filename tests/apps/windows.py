"""The window in which the host is shown: one for all tests that leave nothing behind in it."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, Page

from tests.support.chromium import Eyes, Theme, looking

HOST = Path(__file__).with_name("host.html")

CSP = (
    "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "media-src 'self' data:; connect-src 'none'"
)
"""What a host has to hold a page to that names no domains."""

SITE = "http://host.test/"
HEADERS = {"Content-Type": "text/html", "Content-Security-Policy": CSP}

NAMELESS = HEADERS | {"Content-Security-Policy": f"sandbox allow-scripts; {CSP}"}
"""Leaves the host's page without an origin of its own."""

Forward = Callable[[str, dict[str, Any]], Awaitable[dict[str, Any]]]


class Window:
    """A tab with the host's page.

    Args:
        tab: The tab.
        eyes: Its browser.
    """

    def __init__(self, tab: Page, eyes: Eyes) -> None:
        self.tab = tab
        self.eyes = eyes
        self.forward: Forward | None = None
        """What takes the requests of the page that is shown."""

    async def prepare(self, *, origin: bool, frozen: bool, earlier: str) -> None:
        """Do what cannot be undone in a tab."""
        headers = HEADERS if origin else NAMELESS
        await self.tab.route(SITE, lambda route: route.fulfill(path=HOST, headers=headers))
        await self.tab.expose_function("forward", self._pass_on)  # pyright: ignore[reportUnknownMemberType]
        if earlier:
            await self.tab.add_init_script(earlier)
        if frozen:
            await self.tab.clock.install()

    async def show(self, theme: Theme, size: tuple[int, int]) -> None:
        """Load the host's page anew, for somebody who has a theme and a window of a size, in CSS pixels."""
        self.eyes.complaints.clear()
        self.eyes.requested.clear()
        await self.tab.set_viewport_size({"width": size[0], "height": size[1]})
        await self.tab.emulate_media(color_scheme=theme)
        await self.tab.goto(SITE)

    async def leave(self) -> None:
        """Take what was shown away, so that nothing is asked any more."""
        await self.tab.evaluate("document.querySelector('iframe')?.remove()")
        self.forward = None

    async def _pass_on(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        gone = {"error": {"code": -32000, "message": "There is nobody any more."}}
        return await self.forward(method, params) if self.forward else gone


class Windows:
    """Opens windows.

    Args:
        browser: A browser that runs.
        stack: Closes what is kept.
    """

    def __init__(self, browser: Browser, stack: AsyncExitStack) -> None:
        self._browser = browser
        self._stack = stack
        self._kept: Window | None = None

    @asynccontextmanager
    async def opened(
        self, theme: Theme, size: tuple[int, int], *, origin: bool, frozen: bool, earlier: str
    ) -> AsyncGenerator[Window]:
        """Yield a window with the host's page; `hosted` says what is given."""
        async with AsyncExitStack() as stack:
            if frozen or earlier or not origin:
                window = await self._made(stack, origin=origin, frozen=frozen, earlier=earlier)
            else:
                window = self._kept = self._kept or await self._made(self._stack)
            await window.show(theme, size)
            yield window
            await window.leave()

    async def _made(
        self, stack: AsyncExitStack, *, origin: bool = True, frozen: bool = False, earlier: str = ""
    ) -> Window:
        eyes = await stack.enter_async_context(looking(self._browser))
        window = Window(await eyes.tab(), eyes)
        await window.prepare(origin=origin, frozen=frozen, earlier=earlier)
        return window
