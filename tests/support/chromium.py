"""Chromium as Debian packages it, where it is installed."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Literal

from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect

from tests.support.programs import CHROMIUM

SCREENS = Path(__file__).parent.parent.parent / "build" / "screens"
"""Where the tests leave what they saw, to be looked at."""

_QUIET = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
          "--disable-component-update", "--disable-sync")  # fmt: skip

_PATIENCE = 15_000
"""Milliseconds after which a test gives up waiting for what it does on a page, or expects there."""

PHONE, DESKTOP = (360, 740), (1100, 900)
Theme = Literal["light", "dark"]


@asynccontextmanager
async def chromium(theme: Theme = "light", size: tuple[int, int] = DESKTOP) -> AsyncGenerator["Eyes"]:
    """Yield a browser of somebody who has a theme and a screen of a size, in CSS pixels."""
    async with launched() as browser, looking(browser, theme, size) as eyes:
        yield eyes


@asynccontextmanager
async def launched() -> AsyncGenerator[Browser]:
    """Yield a browser that runs."""
    assert CHROMIUM is not None
    expect.set_options(timeout=_PATIENCE)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(_QUIET))
        yield browser
        await browser.close()


@asynccontextmanager
async def looking(browser: Browser, theme: Theme = "light", size: tuple[int, int] = DESKTOP) -> AsyncGenerator["Eyes"]:
    """Yield what somebody sees in a browser that runs already, who shares nothing with others in it."""
    width, height = size
    context = await browser.new_context(viewport={"width": width, "height": height}, color_scheme=theme)
    context.set_default_timeout(_PATIENCE)
    yield Eyes(context)
    await context.close()


class Eyes:
    """A browser that remembers what went wrong on its pages, and where they sent requests.

    Args:
        context: The browser's context.
    """

    def __init__(self, context: BrowserContext) -> None:
        self.context = context
        self.complaints: list[str] = []
        self.requested: list[str] = []

    async def tab(self) -> Page:
        """Return a new tab."""
        tab = await self.context.new_page()
        tab.on("console", lambda message: self.complaints.append(message.text) if message.type == "error" else None)
        tab.on("pageerror", lambda error: self.complaints.append(str(error)))
        tab.on("request", lambda request: self.requested.append(request.url))
        return tab

    async def shot(self, tab: Page, name: str) -> None:
        """Leave a picture of a whole page."""
        SCREENS.mkdir(parents=True, exist_ok=True)
        await tab.screenshot(path=SCREENS / f"{name}.png", full_page=True)


CONTRASTS = """() => {
  const parse = (color) => (color.match(/[\\d.]+/g) || []).map(Number);
  const over = (top, below) => top.slice(0, 3).map((c, i) => c * (top[3] ?? 1) + below[i] * (1 - (top[3] ?? 1)));
  const light = ([r, g, b]) => [r, g, b].map((c) => c / 255)
    .map((c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (node) => {
    const own = parse(getComputedStyle(node).backgroundColor);
    const below = node.parentElement ? behind(node.parentElement) : [255, 255, 255];
    return over(own, below);
  };
  const found = [];
  for (const node of document.querySelectorAll("body *")) {
    const has = [...node.childNodes].some((child) => child.nodeType === 3 && child.textContent.trim());
    if (!has || !node.checkVisibility() || node.closest("[disabled], .over, noscript")) continue;
    const [one, other] = [parse(getComputedStyle(node).color), behind(node)].map(light).sort((a, b) => b - a);
    found.push([(one + 0.05) / (other + 0.05), `${node.tagName}.${node.className}: ${node.textContent.trim()}`]);
  }
  return found;
}"""
"""Returns the contrast of each text on a page with what is behind it, by the formula of WCAG 2, and where it is."""
