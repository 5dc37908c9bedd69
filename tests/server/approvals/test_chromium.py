"""The approval page in a real browser: seen in both themes and on a phone, worked with the keyboard, and attacked."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.async_api import Page, expect
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Mount, Router

from server.approvals.presence import Presence
from server.approvals.sites import desk_site
from server.approvals.tickets import link
from server.store.store import Store
from tests.support.approvals import the_one
from tests.support.chromium import CONTRASTS, DESKTOP, PHONE, chromium
from tests.support.desks import Opened, at_a_desk
from tests.support.serving import PATIENCE, serve
from tests.support.shared import shared_server
from tests.support.world import Sandbox, World, settings

READS = """fetch("PAGE", {credentials: "include"})
  .then(() => document.title = "read", () => document.title = "not read")"""


@pytest.fixture
def browser() -> Opened:
    return Opened()


@pytest.fixture
async def world(sandbox: Sandbox, browser: Opened, tmp_path: Path) -> AsyncIterator[World]:
    """A server on which a person has to agree to whatever changes something."""
    policy = tmp_path / "policy.toml"
    policy.write_text('[[rule]]\nname = "people decide"\nrequire = "human"\n')
    made = at_a_desk(sandbox, browser, confirm="auto", policy=policy)
    yield made
    await made.running.aclose()


async def fill(world: World) -> tuple[str, str]:
    """Have a history, and a stop and a replacement that wait; return the IDs of their tasks."""
    sandbox = world.sandbox
    past = sandbox.create("Meter 12")
    for approve, note in ((True, "Go ahead, it is being repaired"), (False, "The auditors still read this meter")):
        tool = "stop_task" if approve else "delete_task"
        await world.call(tool, task_id=past)
        await world.store.approvals.decide((await the_one(world.store)).id, approve=approve, by="Carol", note=note)
        await world.call(tool, task_id=past)
    door = sandbox.create("Cold store 4 Ghent: door alarm to duty phone", tags={"site": "ghent", "criticality": "high"})
    pump = sandbox.create('Pump 7 <script>alert("x")</script>', start=False)
    await world.call("stop_task", task_id=door)
    document = {**sandbox.engine.configuration(pump), "frequency": 900_000, "variables": {"threshold": 3.5}}
    await world.call("replace_task", task_id=pump, specification=document)
    return door, pump


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_it_can_be_read_in_both_themes_and_on_a_phone(
    world: World, browser: Opened, theme: Literal["light", "dark"], size: tuple[int, int]
) -> None:
    await fill(world)
    async with chromium(theme, size) as eyes:
        tab = await eyes.tab()
        await tab.goto(browser.links[0])
        await tab.locator("summary").first.click()
        await eyes.shot(tab, f"approvals-{theme}-{'phone' if size == PHONE else 'desktop'}")
        contrasts = await tab.evaluate(CONTRASTS)
        assert len(contrasts) > 40
        assert min(contrasts)[0] >= 4.5, min(contrasts)
        assert await tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
        for button in await tab.locator("button").all():
            box = await button.bounding_box()
            assert box is not None
            assert box["height"] >= 44
        assert await tab.locator("[id]").evaluate_all("nodes => nodes.length === new Set(nodes.map(n => n.id)).size")
        assert eyes.complaints == []
        origin = browser.links[0].partition("/approvals")[0]
        assert all(url.startswith(f"{origin}/approvals/") for url in eyes.requested)


async def test_it_works_with_the_keyboard_alone(world: World, browser: Opened) -> None:
    door, _ = await fill(world)
    async with chromium() as eyes:
        tab = await eyes.tab()
        await tab.goto(browser.links[0])
        await expect(tab.locator("button.approve").first).to_be_enabled()
        await tabbed_to(tab, "input[name=note]")
        await tab.keyboard.type("Repaired until noon")
        await tabbed_to(tab, "button.deny")
        await tabbed_to(tab, "button.approve")
        assert await tab.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
        await tab.keyboard.press("Enter")
        await expect(tab.locator("#said")).to_be_focused()
        await expect(tab.locator("#said")).to_contain_text("Approved.")
        assert "said=" not in tab.url
    assert not (await world.call("stop_task", task_id=door)).is_error
    history = await world.store.approvals.history()
    assert history[0].note == "Repaired until noon"


async def tabbed_to(tab: Page, selector: str) -> None:
    for _ in range(10):
        await tab.keyboard.press("Tab")
        if await tab.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"the Tab key does not lead to {selector}")


async def test_a_second_click_does_not_approve_what_has_come_under_the_pointer(world: World, browser: Opened) -> None:
    await fill(world)
    async with chromium() as eyes:
        tab = await eyes.tab()
        await tab.goto(browser.links[0])
        approve = tab.locator("button.approve").first
        await expect(approve).to_be_disabled()
        await expect(approve).to_be_enabled()
        box = await approve.bounding_box()
        assert box is not None
        where = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        for pause in (0, 0.1, 0.3, 0.3):
            await tab.wait_for_timeout(pause * 1000)
            await tab.mouse.click(*where)
        await expect(tab.locator("#said")).to_contain_text("Approved.")
    assert len(await world.store.approvals.waiting()) == 1


async def test_what_has_just_appeared_cannot_be_approved_at_once(world: World, browser: Opened) -> None:
    _, pump = await fill(world)
    async with chromium() as eyes:
        tab = await eyes.tab()
        await tab.goto(browser.links[0])
        await expect(tab.locator("button.approve").first).to_be_enabled()
        await world.call("delete_task", task_id=pump)
        await expect(tab.locator(".card")).to_have_count(3)
        assert await tab.locator("button.approve").nth(2).is_disabled()
        await expect(tab.locator("button.approve").nth(2)).to_be_enabled()


async def test_enter_in_the_note_approves_nothing(world: World, browser: Opened) -> None:
    """The first button of a form is the one that Enter presses."""
    await world.call("stop_task", task_id=world.sandbox.create())
    async with chromium() as eyes:
        tab = await eyes.tab()
        await tab.goto(browser.links[0])
        await tab.locator("input[name=note]").press("Enter")
        await expect(tab.locator("#said")).to_contain_text("Denied.")


async def test_it_keeps_itself_up_to_date_and_takes_nothing_from_under_a_hand(world: World, browser: Opened) -> None:
    door, pump = await fill(world)
    async with chromium() as eyes:
        tab = await eyes.tab()
        await tab.goto(browser.links[0])
        cards = tab.locator(".card")
        await expect(cards).to_have_count(2)
        await expect(tab).to_have_title("(2) Approvals \N{EN DASH} Waylay Tasks")
        note = cards.nth(1).locator("input[name=note]")
        await note.fill("half a sent")
        before = await cards.nth(1).bounding_box()
        first = (await world.store.approvals.waiting())[0]
        await world.store.approvals.decide(first.id, approve=False, by="Somebody else", note=None)
        await world.call("delete_task", task_id=pump)
        await expect(cards).to_have_count(3)
        await expect(cards.nth(0).locator(".left")).to_have_text("decided or over")
        await expect(cards.nth(0).locator("button.approve")).to_be_disabled()
        await expect(note).to_have_value("half a sent")
        await expect(note).to_be_focused()
        assert await cards.nth(1).bounding_box() == before
        await expect(tab).to_have_title("(2) Approvals \N{EN DASH} Waylay Tasks")
        await expect(tab.locator("#ended")).to_contain_text('denied by "Somebody else"')
        assert eyes.complaints == []
    assert len(browser.links) == 1
    assert world.sandbox.status(door) == "running"


async def test_the_time_left_counts_down_by_the_servers_clock(world: World, browser: Opened) -> None:
    await world.call("stop_task", task_id=world.sandbox.create())
    world.clock.advance(60)
    async with chromium() as eyes:
        tab = await eyes.tab()
        await tab.goto(browser.links[0])
        text = await tab.locator(".left").inner_text()
        assert text.startswith(("29:00", "28:5"))


async def test_a_tab_that_is_closed_is_missed_at_once(sandbox: Sandbox) -> None:
    chosen, presence = settings(), Presence()
    store = Store("sqlite://", sandbox.clock, chosen.confirm_seconds)
    site = Router([Mount("/approvals", desk_site(chosen, store, presence, sandbox.clock))])
    async with serve(site) as address, chromium() as eyes:
        tab = await eyes.tab()
        await tab.goto(address + await link(store))
        await expect(tab.locator("#none")).to_be_visible()
        assert presence.is_there()
        await tab.close(run_before_unload=True)
        async with asyncio.timeout(PATIENCE):
            while presence.is_there():  # noqa: ASYNC110 - the browser is another program
                await asyncio.sleep(0.02)
    await store.aclose()


async def test_a_server_that_has_ended_is_said_and_nothing_is_lost(sandbox: Sandbox, browser: Opened) -> None:
    world = at_a_desk(sandbox, browser)
    await world.call("stop_task", task_id=sandbox.create())
    async with chromium() as eyes:
        tab = await eyes.tab()
        await tab.goto(browser.links[0])
        await world.running.aclose()
        await expect(tab.locator("#gone")).to_contain_text("The server cannot be reached")
        await expect(tab.locator(".card")).to_have_count(1)


async def test_another_page_on_this_machine_can_neither_click_nor_read_nor_frame_nor_get_the_cookie(
    world: World, browser: Opened
) -> None:
    await world.call("stop_task", task_id=world.sandbox.create())
    request = await the_one(world.store)
    cookies: list[str] = []
    pages: dict[str, str] = {}

    async def evil(scope: Any, receive: Any, send: Any) -> None:
        asked = Request(scope, receive)
        cookies.append(asked.headers.get("cookie", ""))
        html = pages.get(asked.url.path)
        await (HTMLResponse(html) if html else Response(status_code=404))(scope, receive, send)

    async with chromium() as eyes, serve(evil) as elsewhere:
        tab = await eyes.tab()
        await tab.goto(browser.links[0])
        page = tab.url
        token = await tab.locator("input[name=token]").get_attribute("value")
        fields = f'<input name=token value="{token}"><input name=decision value=approve>'
        form = f'<form method=post action="{page}requests/{request.id}">{fields}</form>'
        pages["/post"] = f"{form}<script>document.forms[0].submit()</script>"
        pages["/frame"] = f'<iframe src="{page}"></iframe>'
        pages["/read"] = f"<script>{READS.replace('PAGE', page)}</script>"
        other = await eyes.tab()
        await other.goto(f"{elsewhere}/post")
        await expect(other.locator("h1")).to_have_text("Not from here")
        await other.goto(f"{elsewhere}/read")
        await expect(other).to_have_title("not read")
        await other.goto(f"{elsewhere}/frame")
        framed = other.frames[-1]
        assert await framed.locator(".card").count() == 0
        assert "waylay_approvals" not in "".join(cookies)
    assert len(cookies) >= 3
    assert (await the_one(world.store)).outcome is None


async def test_an_approver_signs_in_at_an_issuer_on_another_site_approves_and_signs_out(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    task_id = sandbox.create("Cold store 4: door", start=False)
    async with shared_server(sandbox, tmp_path, issuer_host="localhost") as shared, chromium() as eyes:
        await shared.call("dave-8", "delete_task", task_id=task_id)
        tab = await eyes.tab()
        await tab.goto(f"{shared.address}/approvals")
        await expect(tab.locator(".who")).to_contain_text("Carol")
        assert tab.url == f"{shared.address}/approvals/"
        await eyes.shot(tab, "approvals-signed-in")
        await tab.get_by_role("button", name="Approve").click()
        await expect(tab.locator("#said")).to_contain_text("Approved.")
        assert not (await shared.call("dave-8", "delete_task", task_id=task_id)).is_error
        await tab.get_by_role("button", name="Sign out").click()
        await expect(tab.locator("h1")).to_have_text("You are signed out")
        shared.issuer.user = None
        await tab.goto(f"{shared.address}/approvals/")
        await expect(tab.locator("h1")).to_have_text("You could not be signed in")
        assert eyes.complaints == ["Failed to load resource: the server responded with a status of 403 (Forbidden)"]
    assert sandbox.status(task_id) is None


async def test_a_call_goes_on_while_its_person_looks(sandbox: Sandbox, browser: Opened) -> None:
    world = at_a_desk(sandbox, browser, approval_wait=PATIENCE)
    task_id = sandbox.create()
    calling = asyncio.create_task(world.call("stop_task", task_id=task_id))
    async with asyncio.timeout(PATIENCE):
        while not browser.links:  # noqa: ASYNC110 - the call is under way
            await asyncio.sleep(0.01)
    async with chromium(size=PHONE) as eyes:
        tab = await eyes.tab()
        await tab.goto(browser.links[0])
        await tab.get_by_role("button", name="Approve").click()
        await expect(tab.locator("#said")).to_contain_text("Approved.")
        assert not (await calling).is_error
        await expect(tab.locator("#ended")).to_contain_text("carried out")
    assert sandbox.status(task_id) == "stopped"
    await world.running.aclose()
