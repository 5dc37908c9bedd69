"""Hosts differ: what they pass on, what they leave out, how they name themselves, and in which order they answer."""

import anyio
import pytest
from playwright.async_api import expect

from tests.apps.browser.conftest import Show
from tests.apps.hosted import Before, Hosted, Json
from tests.support.chromium import PHONE
from tests.support.world import World

NAME = "Cold store 4: door alarm"
STATUSES = ("running", "pending", "stopped", "failed")
UNKNOWN = "Not known whether this was done"

POSTED = """async () => {
  const posted = [], real = window.parent;
  window.parent = { postMessage: (_, target) => posted.push(target) };
  document.getElementById("refresh").click();
  window.parent = real;
  return [...new Set(posted)];
}"""
"""Returns the origins for which the board's messages are."""

REPORTING = """
if (window !== top) window.IntersectionObserver = class {
  constructor(hear) { window.report = hear; }
  observe() {}
};"""
"""Leaves it to the test to report whether the page is in sight."""

TRIES = 40
"""Times that a page is shown: Chromium can start a frame's own scripts before those that are to come earlier."""


async def answered(board: Hosted, result: Json) -> str:
    """Press Start, have the host answer so, and return the title of what the board says."""

    async def answer(tool: str, given: Json) -> Json | None:
        return {"result": result} if tool == "start_task" else None

    board.before = answer
    await board.press("start_task")
    await expect(board.board.locator("#said")).to_be_visible()
    title = await board.board.locator("#said-title").inner_text()
    await board.board.get_by_role("button", name="Close").click()
    return title


async def test_what_is_no_result_is_never_said_to_have_changed_nothing(show: Show, world: World) -> None:
    world.sandbox.create(NAME, start=False)
    handed_on = {"inputRequests": {"a": {"method": "elicitation/create"}}, "requestState": "sealed"}
    async with show(world) as board:
        await board.open(NAME)
        assert await answered(board, {"resultType": "input_required", **handed_on}) == UNKNOWN
        assert await answered(board, handed_on) == UNKNOWN
        assert await answered(board, {"content": [], "isError": True}) == UNKNOWN
        words = [{"type": "text", "text": "Started it. Change 0123456789."}]
        assert await answered(board, {"content": words}) == "The server's answer"
        assert await answered(board, {"content": words, "structuredContent": {"task": {}}}) == "Nothing to do"


async def test_an_older_answer_about_a_task_does_not_cover_a_newer_one(show: Show, world: World) -> None:
    task_id = world.sandbox.create(NAME)
    release = anyio.Event()
    async with show(world) as board:

        async def held(tool: str, given: Json) -> Json | None:
            if tool != "get_task" or len(board.called(tool)) > 1:
                return None
            old = await board.client.call_tool(tool, given)
            await release.wait()
            return {"result": old.model_dump(mode="json", by_alias=True, exclude_none=True)}

        board.before = held
        await board.open(NAME)
        world.sandbox.fail(task_id)
        await board.board.locator("#refresh").click()
        await expect(board.board.locator("#one-status")).to_have_text("failed")
        release.set()
        await board.heard(len(board.calls))
        await expect(board.board.locator("#one-status")).to_have_text("failed")
        await expect(board.board.locator('[data-tool="start_task"]')).to_be_visible()


async def test_a_language_that_no_browser_knows_does_no_harm(show: Show, estate: World) -> None:
    async with show(estate, context={"locale": "en_US"}) as board:
        await expect(board.board.locator(".count.all strong")).to_have_text("143")
        await board.open("Cold store 4 Ghent: temperature alarm")
        await expect(board.board.locator("#facts")).to_contain_text("runs")
        await expect(board.board.locator("#actions button").first).to_be_visible()
        assert board.eyes.complaints == []


@pytest.mark.parametrize(("origin", "target"), [(True, "http://host.test"), (False, "*")])
async def test_what_it_says_is_for_the_origin_of_its_host_alone_where_that_has_one(
    show: Show, world: World, origin: bool, target: str
) -> None:
    world.sandbox.create(NAME)
    async with show(world, origin=origin) as board:
        await board.open(NAME)
        await expect(board.board.locator("#facts")).to_contain_text("pumpVibration")
        assert await board.inside(POSTED) == [target]


async def test_of_several_reports_of_whether_it_is_seen_the_last_counts(show: Show, world: World) -> None:
    world.sandbox.create(NAME)
    for _ in range(TRIES):
        async with show(world, frozen=True, earlier=REPORTING) as board:
            await board.heard(len(("list", *STATUSES)))
            if not await board.inside("'report' in window"):
                continue
            await board.inside("report([{ isIntersecting: false }, { isIntersecting: true }])")
            world.sandbox.create("Fan")
            await board.tab.clock.fast_forward(31_000)
            await expect(board.rows).to_have_count(2)
            return
    pytest.fail("the page was always quicker than what was to come before it")


async def test_a_question_shows_where_whatever_else_there_is_to_show(show: Show, world: World) -> None:
    world.sandbox.create(NAME)
    facts = {f"fact {number}": "value " * 40 for number in range(20)}
    asked = {
        "confirmation": "x",
        "question": "Stop this task?",
        "facts": facts,
        "consequence": "",
        "valid_seconds": 300,
    }
    cases: tuple[tuple[str, dict[str, str], str], ...] = (
        ("[sandbox] Stop this task?\n\nname: it\nwhere: sandbox\n\nIt stops.", {}, "sandbox"),
        ("Stop this task?\n\nname: it\nwhere: https://gateway.example\n\nIt stops.", {}, "https://gateway.example"),
        ("[sandbox] Ask the user.", {}, "sandbox"),
        ("Ask the user.", {}, "not told"),
        ("[sandbox] Ask the user.", {"where": "https://gateway.example"}, "https://gateway.example"),
    )
    async with show(world, size=PHONE) as board:
        await board.open(NAME)
        for text, more, where in cases:
            board.before = asking(text, {**asked, "facts": {**facts, **more}})
            await board.press("stop_task")
            shown = board.board.locator("#question-where")
            await expect(shown).to_have_text(f"Where: {where}")
            await expect(shown).to_be_in_viewport(ratio=1)
            await board.board.locator("#no").click()


def asking(text: str, asked: Json) -> Before:
    """Return a host that answers a stop with a question."""
    result = {"content": [{"type": "text", "text": text}], "structuredContent": {"confirmation_required": asked}}

    async def ask(tool: str, given: Json) -> Json | None:
        return {"result": result} if tool == "stop_task" else None

    return ask
