"""How the task board looks and is worked: both themes, narrow and wide, and with the keyboard alone."""

from typing import Any, Literal

import pytest
from playwright.async_api import expect

from tests.apps.browser.conftest import Make, Show
from tests.apps.hosted import Hosted
from tests.support.chromium import CONTRASTS, DESKTOP
from tests.support.world import World

NARROW = (352, 900)
"""The frame is 320 pixels wide in it: the host leaves 16 at either side."""

FOCUSED = "() => document.activeElement.id || document.activeElement.className || document.activeElement.tagName"
WARM = {
    "--color-background-primary": "#fdf6ee", "--color-background-secondary": "#f3e7d8",
    "--color-text-primary": "#2b1d0e", "--color-text-secondary": "#6a5640", "--color-border-primary": "#dccab2",
    "--font-sans": "serif",
}  # fmt: skip


async def good(board: Hosted, name: str) -> None:
    """Take a picture, and check what can be measured of it."""
    await board.shot(name)
    contrasts = await board.inside(CONTRASTS)
    assert len(contrasts) > 10
    assert min(contrasts)[0] >= 4.5, min(contrasts)
    assert await board.inside("document.documentElement.scrollWidth <= innerWidth")
    ids = "[...document.querySelectorAll('[id]')].map(node => node.id)"
    assert await board.inside(f"new Set({ids}).size === {ids}.length")
    assert board.eyes.complaints == []


@pytest.mark.parametrize(("theme", "size"), [("light", DESKTOP), ("dark", NARROW)], ids=["wide", "narrow"])
async def test_it_can_be_read_in_both_themes_and_at_any_width(
    show: Show, estate: World, theme: Literal["light", "dark"], size: tuple[int, int]
) -> None:
    name = f"{theme}-{'narrow' if size == NARROW else 'wide'}"
    async with show(estate, theme=theme, size=size) as board:
        await expect(board.rows).to_have_count(20)
        await expect(board.board.locator(".count strong").last).not_to_be_empty()
        await board.tab.set_viewport_size({"width": size[0], "height": 2400})
        await good(board, name)
        await board.tab.set_viewport_size({"width": size[0], "height": size[1]})
        await board.board.locator(".count.failed").click()
        await expect(board.rows).to_have_count(7)
        await board.board.locator(".open").first.click()
        await expect(board.board.locator("#one-errors")).to_contain_text("Errors")
        await good(board, f"{name}-task")
        await board.press("delete_task")
        await expect(board.board.locator("#yes")).to_be_enabled()
        await fits(board)
        await good(board, f"{name}-question")


async def fits(board: Hosted) -> None:
    """Check that a question is seen whole, in a frame as high as what is in it."""
    await expect(board.board.locator("#question")).to_be_in_viewport(ratio=1)
    assert await board.board.locator(".scroll").evaluate("node => node.scrollHeight <= node.clientHeight + 1")


async def test_the_hosts_theme_and_colours_come_before_the_systems(show: Show, world: World) -> None:
    world.sandbox.create("Pump")
    context: dict[str, Any] = {"theme": "dark", "availableDisplayModes": ["inline", "fullscreen"]}
    async with show(world, theme="light", context=context) as board:
        await expect(board.rows).to_have_count(1)
        back = "getComputedStyle(document.documentElement).backgroundColor"
        assert await board.inside(back) == "rgb(26, 34, 43)"
        await board.tell("ui/notifications/host-context-changed", {"theme": "light", "styles": {"variables": WARM}})
        await board.board.locator("#refresh").click()
        assert await board.inside(back) == "rgb(253, 246, 238)"
        await good(board, "warm")
        some = {"variables": {"--color-background-primary": "#000000"}}
        await board.tell("ui/notifications/host-context-changed", {"styles": some})
        assert await board.inside(back) == "rgb(253, 246, 238)"
        await board.board.get_by_role("button", name="Full screen").click()
        await expect(board.board.locator("#fullscreen")).to_be_hidden()
        assert (await board.seen("ui/request-display-mode"))[0]["params"] == {"mode": "fullscreen"}


async def test_everything_can_be_done_with_the_keyboard(show: Show, world: World) -> None:
    task_id = world.sandbox.create("Fan")
    world.sandbox.create("Pump")
    async with show(world) as board:
        await expect(board.rows).to_have_count(2)
        # Before the counts have come, there is none to press.
        await expect(board.board.locator("#counts button")).to_have_count(5)
        await board.board.locator("#auto").focus()
        visited = [await tabbed(board) for _ in range(16)]
        for stop in ("refresh", "count running", "name", "type", "template", "tags", "apply", "clear", "open", "hits"):
            assert any(stop in one for one in visited), (stop, visited)
        keys = board.tab.keyboard
        await board.board.locator(".open").first.focus()
        names = await board.board.locator(".open").all_inner_texts()
        await keys.press("End")
        await expect(board.board.locator(".open").last).to_be_focused()
        for _ in range(len(names) - 1 - names.index("Fan")):
            await keys.press("ArrowUp")
        await keys.press("Enter")
        await expect(board.board.locator("#one-name")).to_have_text("Fan")
        await keys.press("Escape")
        await expect(board.board.get_by_role("button", name="Fan")).to_be_focused()
        await keys.press("Enter")
        await expect(board.board.locator('[data-tool="stop_task"]')).to_be_enabled()
        await tabbed(board)
        assert await board.inside("document.activeElement.dataset.tool") == "stop_task"
        assert await board.inside("getComputedStyle(document.activeElement).outlineStyle") == "solid"
        await keys.press("Enter")
        await expect(board.board.locator("#no")).to_be_focused()
        await expect(board.board.locator("#yes")).to_be_enabled()
        await keys.press("Shift+Tab")
        await expect(board.board.locator("#yes")).to_be_focused()
        await keys.press("Enter")
        await expect(board.board.locator("#said")).to_be_focused()
        await expect(board.board.locator("#live")).to_contain_text("Done")
        assert world.sandbox.status(task_id) == "stopped"


async def tabbed(board: Hosted) -> str:
    """Press Tab and return where that leads."""
    await board.tab.keyboard.press("Tab")
    return str(await board.inside(FOCUSED))


async def test_a_hundred_rows_stay_where_they_are_when_they_are_read_again(show: Show, make_world: Make) -> None:
    world = make_world(tasks=143, output_limit=100_000)
    async with show(world, arguments={"hits": 100}) as board:
        await expect(board.rows).to_have_count(100)
        await expect(board.rows.last).to_contain_text("dailyConsumption")
        await board.inside("() => document.querySelectorAll('#rows tr').forEach(row => { row.mark = true; })")
        await board.board.locator("#refresh").click()
        await expect(board.board.locator("#table")).not_to_have_attribute("aria-busy", "true")
        assert await board.inside("[...document.querySelectorAll('#rows tr')].every(row => row.mark)")
