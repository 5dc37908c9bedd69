"""A host that shows the task board in Chromium, over a server that it reaches by HTTP."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import anyio
from mcp import Client
from mcp.client import advertise
from mcp.client.session import ElicitationFnT
from mcp.shared.exceptions import MCPError
from mcp.types import TextResourceContents
from playwright.async_api import FrameLocator, Locator, Page, expect

from server.apps.extension import BOARD_URI, EXTENSION, MIME_TYPE
from server.web.app import http_app
from tests.apps.windows import Windows
from tests.support.chromium import DESKTOP, Eyes, Theme
from tests.support.serving import PATIENCE, over_http, serve
from tests.support.world import Era, World

APPS = advertise(EXTENSION, {"mimeTypes": [MIME_TYPE]})
Json = dict[str, Any]
Before = Callable[[str, Json], Awaitable[Json | None]]

HEIGHT = "`${Math.ceil(document.documentElement.getBoundingClientRect().height)}px`"


class Hosted:
    """The board as somebody has it on the screen.

    Args:
        tab: The host's page.
        eyes: The browser.
        client: The host's connection to the server.
    """

    def __init__(self, tab: Page, eyes: Eyes, client: Client) -> None:
        self.tab = tab
        self.eyes = eyes
        self.client = client
        self.calls: list[tuple[str, Json]] = []
        self.before: Before | None = None
        """Awaited with tool and arguments before a call is passed on; what it returns is the answer."""
        self._under_way = 0
        self._leaving = False

    @property
    def board(self) -> FrameLocator:
        """What is inside the frame."""
        return self.tab.frame_locator("iframe")

    @property
    def rows(self) -> Locator:
        """The rows of the table."""
        return self.board.locator("#rows tr")

    def called(self, tool: str) -> list[Json]:
        """Return the arguments of all calls of a tool."""
        return [given for name, given in self.calls if name == tool]

    async def forward(self, method: str, params: Json) -> Json:
        """Pass a request of the board on to the server."""
        assert method == "tools/call", method
        tool, given = params["name"], params.get("arguments", {})
        self.calls.append((tool, given))
        if self.before is not None and (answer := await self.before(tool, given)) is not None:
            return answer
        return await self._passed_on(tool, given)

    async def _passed_on(self, tool: str, given: Json) -> Json:
        if self._leaving:
            return {"error": {"code": -32000, "message": "The host is about to end"}}
        self._under_way += 1
        try:
            result = await self.client.call_tool(tool, given)
        except MCPError as error:
            return {"error": {"code": error.error.code, "message": error.error.message}}
        finally:
            self._under_way -= 1
        return {"result": result.model_dump(mode="json", by_alias=True, exclude_none=True)}

    async def leave(self) -> None:
        """Pass nothing on any more, and wait for answers: the SDK's client fails when it is closed before one."""
        self._leaving = True
        with anyio.fail_after(PATIENCE):
            while self._under_way:  # noqa: ASYNC110 - there are no more than two, and they are about to end
                await anyio.sleep(0.02)

    async def tell(self, method: str, params: Json, **more: Any) -> None:
        """Say something to the board."""
        await self.tab.evaluate("message => tell(message)", {"method": method, "params": params, **more})

    async def seen(self, method: str) -> list[Json]:
        """Return what the board has sent by a method."""
        messages: list[Json] = await self.tab.evaluate("window.seen")
        return [message for message in messages if message.get("method") == method]

    async def heard(self, calls: int) -> None:
        """Wait until so many calls were answered, and the board has taken that in."""
        await self._until(f"answered.filter(method => method === 'tools/call').length >= {calls}")
        await self.tell("ping", {}, id="heard")
        await self._until("seen.some(message => message.id === 'heard' && message.result)")

    async def _until(self, condition: str) -> None:
        # The host's policy forbids what a wait in the browser would evaluate.
        with anyio.fail_after(PATIENCE):
            while not await self.tab.evaluate(condition):  # noqa: ASYNC110 - it is the browser that waits
                await anyio.sleep(0.02)

    async def inside(self, script: str, argument: Any = None) -> Any:
        """Evaluate a script in the frame, as the developer tools of a browser do."""
        return await self.tab.frames[1].evaluate(script, argument)

    async def settled(self) -> None:
        """Wait until the frame is as high as what is in it: before, what is to be clicked may move away."""
        with anyio.fail_after(PATIENCE):
            while await self.tab.evaluate("frame().style.height") != await self.inside(HEIGHT):  # noqa: ASYNC110
                await anyio.sleep(0.02)

    async def open(self, name: str) -> None:
        """Open the task of a name."""
        await self.board.get_by_role("button", name=name, exact=True).click()
        await expect(self.board.locator("#one-name")).to_be_focused()

    async def press(self, tool: str) -> None:
        """Press the button of a tool, once it can be pressed."""
        await self.board.locator(f'#actions [data-tool="{tool}"]').click()

    async def shot(self, name: str) -> None:
        """Leave a picture."""
        await self.eyes.shot(self.tab, f"board-{name}")


@asynccontextmanager
async def hosted(
    windows: Windows,
    world: World,
    *,
    ask: ElicitationFnT | None = None,
    era: Era = "modern",
    theme: Theme = "light",
    size: tuple[int, int] = DESKTOP,
    arguments: Mapping[str, Any] | None = None,
    context: Mapping[str, Any] | None = None,
    can: Mapping[str, Any] | None = None,
    frozen: bool = False,
    tells: bool = True,
    before: Before | None = None,
    origin: bool = True,
    earlier: str = "",
) -> AsyncGenerator[Hosted]:
    """Yield the board, as it is shown for a call of list_tasks.

    Args:
        windows: Opens the window for it.
        world: The server.
        ask: Answers for the host's user what servers ask; without it the host cannot ask.
        era: The protocol between host and server.
        theme: What the user's system is set to.
        size: Of the host's window, in CSS pixels.
        arguments: What list_tasks is called with.
        context: What the host says of itself.
        can: What the host says it can do besides passing calls on.
        tells: Whether the host says what list_tasks was called with.
        frozen: Whether time in the browser can be moved on.
        before: Awaited before a call of the board is passed on; what it returns is the answer.
        origin: Whether the host's page has an origin of its own.
        earlier: A script that runs in every frame before what comes with it.
    """
    async with AsyncExitStack() as stack:
        address = await stack.enter_async_context(serve(http_app(world.running, world.settings)))
        transport = await stack.enter_async_context(over_http(address))
        mode = "auto" if era == "modern" else "legacy"
        client = await stack.enter_async_context(
            Client(transport, mode=mode, elicitation_callback=ask, extensions=[APPS], cache=None)
        )
        window = await stack.enter_async_context(
            windows.opened(theme, size, origin=origin, frozen=frozen, earlier=earlier)
        )
        board = Hosted(window.tab, window.eyes, client)
        board.before = before
        window.forward = board.forward
        with anyio.fail_after(PATIENCE):
            offered = await _offered(client, arguments or {})
        offered["arguments"] = dict(arguments or {}) if tells else None
        offered["context"] = {"availableDisplayModes": ["inline"], **(context or {})}
        offered["capabilities"] = {"serverTools": {}, **(can or {})}
        await board.tab.evaluate("offered => open(offered)", offered)
        try:
            yield board
        finally:
            await board.leave()


async def _offered(client: Client, arguments: Mapping[str, Any]) -> Json:
    """Return the page, and the call that it is shown for."""
    (tool,) = [tool for tool in (await client.list_tools()).tools if tool.name == "list_tasks"]
    assert tool.meta == {"ui": {"resourceUri": BOARD_URI}}
    (contents,) = (await client.read_resource(BOARD_URI)).contents
    assert isinstance(contents, TextResourceContents)
    assert contents.mime_type == MIME_TYPE
    result = await client.call_tool("list_tasks", {**arguments})
    return {"html": contents.text, "result": result.model_dump(mode="json", by_alias=True, exclude_none=True)}
