"""The task board's list in a real browser: what it shows, pages, filters, and how it stays up to date."""

from typing import Any

import anyio
from playwright.async_api import expect

from tests.apps.browser.conftest import Show
from tests.apps.browser.stopped import stop_the_clock
from tests.apps.hosted import Hosted
from tests.support.serving import PATIENCE
from tests.support.world import World

LENGTH = """length => {
  const hits = document.getElementById("hits");
  hits.value = length;
  hits.dispatchEvent(new Event("change"));
}"""
"""Chooses how many tasks a page has, also where nobody sees it."""

STATUSES = ("running", "pending", "stopped", "failed")


def counted(world: World) -> dict[str, int]:
    rows = world.sandbox.database.execute("SELECT status, count(*) FROM tasks GROUP BY status").fetchall()
    return dict(rows)


async def numbers(board: Hosted) -> list[str]:
    await expect(board.board.locator(".count strong")).not_to_have_text(["", "", "", "", ""])
    return await board.board.locator(".count strong").all_inner_texts()


async def summary(board: Hosted, text: str) -> None:
    await expect(board.board.locator("#summary")).to_have_text(text)


async def calls(board: Hosted, more_than: int) -> None:
    """Wait until the board has listed again."""
    with anyio.fail_after(PATIENCE):
        while len(listed(board)) <= more_than:  # noqa: ASYNC110 - it is the browser that calls
            await anyio.sleep(0.02)


def listed(board: Hosted) -> list[dict[str, Any]]:
    return [given for given in board.called("list_tasks") if given["hits"]]


async def test_the_tasks_are_shown_with_how_many_there_are_by_status(show: Show, estate: World) -> None:
    count = counted(estate)
    async with show(estate) as board:
        await expect(board.rows).to_have_count(20)
        await summary(board, "1 to 20 of 143.")
        assert await numbers(board) == ["143", *(str(count[status]) for status in STATUSES)]
        share = ", ".join(f"{count[status]} {status}" for status in STATUSES)
        await expect(board.board.get_by_role("img", name=share)).to_be_visible()
        first = board.rows.first
        await expect(first).to_contain_text("Cold store 4 Ghent: door alarm to duty phone")
        await expect(first).to_contain_text("coldStoreDoor")
        await expect(first.get_by_text("Running")).to_be_visible()
        await expect(board.board.get_by_role("columnheader")).to_have_text(["Task", "Status", "Last run"])
        await expect(board.board.get_by_role("rowheader")).to_have_count(20)
        assert board.eyes.complaints == []
        assert all(url.startswith(board.tab.url) or not url.startswith("http") for url in board.eyes.requested)


async def turn(board: Hosted, button: str, shown: str) -> None:
    await board.settled()
    await board.board.locator(button).click()
    await summary(board, f"{shown} of 143.")


async def test_pages_are_turned_with_the_count_of_the_service(show: Show, estate: World) -> None:
    async with show(estate, arguments={"start_index": 100}) as board:
        await summary(board, "101 to 120 of 143.")
        for shown in ("121 to 140", "141 to 143"):
            await turn(board, "#next", shown)
        following = board.board.locator("#next")
        await expect(board.rows).to_have_count(3)
        await expect(following).to_be_focused()
        await expect(following).to_have_attribute("aria-disabled", "true")
        before = len(board.calls)
        await following.press("Enter")
        assert len(board.calls) == before
        for shown in ("121 to 140", "101 to 120", "81 to 100"):
            await turn(board, "#previous", shown)


async def test_a_double_click_turns_one_page_and_the_way_back_is_one_click(show: Show, estate: World) -> None:
    async with show(estate) as board:
        await summary(board, "1 to 20 of 143.")
        await calls(board, more_than=0)
        clicked = anyio.Event()

        async def hold(tool: str, given: dict[str, Any]) -> None:
            await clicked.wait()

        await board.settled()
        board.before = hold
        await board.board.locator("#next").dblclick()
        clicked.set()
        await summary(board, "21 to 40 of 143.")
        await turn(board, "#previous", "1 to 20")


async def test_a_page_that_is_gone_gives_way_to_the_last_one_there_is(show: Show, estate: World) -> None:
    async with show(estate, arguments={"start_index": 200, "name": "*"}) as board:
        await summary(board, "141 to 143 of 143.")
        await turn(board, "#previous", "121 to 140")


async def test_what_does_not_fit_on_a_page_is_said_and_is_on_the_next(show: Show, estate: World) -> None:
    async with show(estate) as board:
        await board.board.locator("#hits").select_option("100")
        await expect(board.board.locator("#summary")).to_contain_text("more did not fit and are on the next page")
        shown = await board.rows.count()
        await summary(board, f"1 to {shown} of 143. {100 - shown} more did not fit and are on the next page.")
        await board.board.locator("#next").click()
        await expect(board.board.locator("#summary")).to_contain_text(f"{shown + 1} to ")
        await board.board.locator("#previous").click()
        await expect(board.rows).to_have_count(shown)


async def test_filters_narrow_the_list_and_the_counts(show: Show, estate: World) -> None:
    async with show(estate) as board:
        inside = board.board
        await inside.locator(".count.failed").click()
        await expect(inside.locator(".count.failed")).to_have_attribute("aria-pressed", "true")
        failed = counted(estate)["failed"]
        await summary(board, f"1 to {failed} of {failed}.")
        assert (await numbers(board))[0] == "143"
        await inside.locator(".count.all").click()
        await inside.locator("#name").fill("pump")
        await inside.locator("#name").press("Enter")
        await expect(board.rows.filter(has_not_text="ump")).to_have_count(0)
        assert await board.rows.count() > 3
        await inside.locator("#type").select_option("periodic")
        await inside.locator("#template").fill("pumpVibration")
        await inside.locator("#tags").fill("site=antwerp|ghent, domain")
        await inside.locator("#apply").click()
        await expect(board.rows.first).to_contain_text("Antwerp")
        asked = listed(board)[-1]
        assert asked["name"] == "*pump*"
        assert asked["type"] == "periodic"
        assert asked["template"] == "pumpVibration"
        assert asked["tags"] == {"site": ["antwerp", "ghent"], "domain": None}
        await inside.locator("#name").fill("*no such thing")
        await inside.locator("#apply").click()
        await expect(inside.get_by_text("No tasks match these filters.")).to_be_visible()
        await inside.get_by_role("button", name="Clear the filters").click()
        await summary(board, "1 to 20 of 143.")
        await expect(inside.locator("#name")).to_be_focused()


async def test_what_the_assistant_filtered_by_is_kept_and_can_be_taken_away(show: Show, estate: World) -> None:
    given = {"status": "running", "resource": "coldstore-ghent-4", "hits": 5, "name": "*Ghent*"}
    async with show(estate, arguments=given, tells=False) as board:
        await summary(board, "1 to 2 of 2.")
        await calls(board, more_than=0)
        asked = listed(board)[-1]
        assert {key: value for key, value in asked.items() if key in given} == {**given, "hits": 20}
    async with show(estate, arguments=given) as board:
        await summary(board, "1 to 2 of 2.")
        await expect(board.board.locator("#name")).to_have_value("Ghent")
        await expect(board.board.locator(".count.running")).to_have_attribute("aria-pressed", "true")
        await expect(board.board.locator("#carried")).to_contain_text("resource: coldstore-ghent-4")
        await board.board.get_by_role("button", name="Remove the filter resource").click()
        await expect(board.board.locator("#carried")).to_be_hidden()
        await expect(board.rows.nth(2)).to_be_visible()
        assert "resource" not in listed(board)[-1]


async def test_it_stays_up_to_date_while_it_is_seen_and_takes_the_focus_from_nobody(show: Show, world: World) -> None:
    pump = world.sandbox.create("Pump")
    world.sandbox.create("Fan")
    async with show(world, frozen=True) as board:
        await stop_the_clock(board)
        await in_sight(board, expected=True)
        await list_in_another_length(board)
        await board.heard(len(board.calls))
        button = board.board.get_by_role("button", name="Pump")
        await button.focus()
        world.sandbox.fail(pump)
        world.sandbox.create("Another")
        before = len(listed(board))
        await board.tab.clock.fast_forward(31_000)
        await expect(board.board.locator("tr", has=button)).to_contain_text("failed")
        await expect(board.rows).to_have_count(3)
        await expect(button).to_be_focused()
        assert len(listed(board)) == before + 1
        await seen(board, visible=False)
        await board.tab.clock.fast_forward(300_000)
        await only_when_asked(board, before + 1)
        world.sandbox.create("Fourth")
        await seen(board, visible=True)
        await expect(board.rows).to_have_count(4)
        assert len(listed(board)) == before + 3
        await board.tab.evaluate("document.body.style.paddingTop = '9000px'")
        await in_sight(board, expected=False)
        await board.tab.clock.fast_forward(300_000)
        await only_when_asked(board, before + 3)
        world.sandbox.create("Fifth")
        await board.tab.evaluate("document.body.style.paddingTop = '0'")
        await expect(board.rows).to_have_count(5)
        await board.board.get_by_label("Keep up to date").uncheck()
        await board.tab.clock.fast_forward(300_000)
        await only_when_asked(board, before + 5)


async def only_when_asked(board: Hosted, listings: int) -> None:
    """Have the board list once more: it has listed so often before, and calls come in their order."""
    await list_in_another_length(board)
    assert len(listed(board)) == listings + 1


async def list_in_another_length(board: Hosted) -> None:
    """Have the board list so that it is known from all that it did before, and wait until it does."""
    await calls(board, more_than=0)
    length = 50 if listed(board)[-1]["hits"] == 20 else 20
    await board.inside(LENGTH, str(length))
    with anyio.fail_after(PATIENCE):
        while listed(board)[-1]["hits"] != length:  # noqa: ASYNC110 - it is the browser that calls
            await anyio.sleep(0.02)


async def in_sight(board: Hosted, *, expected: bool) -> None:
    """Wait until the board is told that it is in sight, or that it is not."""
    await board.inside(
        """expected => new Promise(done => {
        new IntersectionObserver(([one]) => one.isIntersecting === expected && done()).observe(document.body) })""",
        expected,
    )


async def seen(board: Hosted, *, visible: bool) -> None:
    """Hide the tab, or show it again; browsers without a screen know no other way."""
    await board.inside(
        """state => { Object.defineProperty(document, "visibilityState", {value: state, configurable: true});
        document.dispatchEvent(new Event("visibilitychange")) }""",
        "visible" if visible else "hidden",
    )


async def test_nothing_is_asked_any_more_once_the_host_has_taken_it_down(show: Show, world: World) -> None:
    world.sandbox.create("Pump")
    async with show(world, frozen=True) as board:
        await calls(board, more_than=0)
        await expect(board.board.locator("#updated")).to_contain_text("As of")
        before = len(board.calls)
        await board.tell("ui/resource-teardown", {"reason": "closed"}, id="last")
        await board.tab.wait_for_function("seen.some(message => message.id === 'last' && message.result)")
        await board.tab.clock.fast_forward(600_000)
        await board.board.locator("#refresh").click()
        await board.tab.evaluate("() => new Promise(done => setTimeout(done))")
        assert len(board.calls) == before


async def test_where_the_host_passes_no_calls_on_it_shows_what_there_is(show: Show, estate: World) -> None:
    async def refuse(tool: str, given: dict[str, Any]) -> dict[str, Any]:
        return {"error": {"code": -32601, "message": "Method not found"}}

    async with show(estate, before=refuse) as board:
        await expect(board.board.get_by_text("This host only shows what the assistant was given.")).to_be_visible()
        await expect(board.rows).to_have_count(20)
        for hidden in ("#refresh", "#filters", "#counts", "#next"):
            await expect(board.board.locator(hidden)).to_be_hidden()
        await board.open("Cold store 4 Ghent: temperature alarm")
        await expect(board.board.get_by_text("This host cannot show more.")).to_be_visible()


async def test_a_list_that_cannot_be_read_says_why_and_is_tried_again(show: Show, world: World) -> None:
    world.sandbox.create("Pump")
    async with show(world) as board:
        await calls(board, more_than=0)

        async def refuse(tool: str, given: dict[str, Any]) -> dict[str, Any]:
            return {"error": {"code": -32000, "message": "The server has gone away"}}

        board.before = refuse
        await board.board.locator("#refresh").click()
        await expect(board.board.locator("#state")).to_contain_text("could not be read: The server has gone away")
        await expect(board.rows).to_have_count(1)
        await expect(board.board.locator(".count strong")).to_have_text(["?"] * 5)
        await board.shot("error")
        board.before = None
        await board.board.get_by_role("button", name="Try again").click()
        await expect(board.board.locator("#state")).to_be_empty()
