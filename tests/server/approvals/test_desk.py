"""The approval page at the desk of whoever runs the server: who gets in, what they see, and what a click does."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from mcp import Client
from mcp.types import Implementation

from server.approvals.desk_page import DeskPage, Here
from server.approvals.presence import Presence
from server.store.store import Store
from tests.support.approvals import the_one
from tests.support.desks import Opened, at_a_desk, browser_at
from tests.support.serving import PATIENCE
from tests.support.world import Clock, Sandbox, World, data, error, text


@pytest.fixture
def browser() -> Opened:
    return Opened()


@pytest.fixture
async def world(sandbox: Sandbox, browser: Opened) -> AsyncIterator[World]:
    made = at_a_desk(sandbox, browser)
    yield made
    await made.running.aclose()


async def test_a_person_sees_what_waits_approves_and_the_call_that_waits_goes_on(
    sandbox: Sandbox, browser: Opened
) -> None:
    world = at_a_desk(sandbox, browser, approval_wait=PATIENCE)
    task_id = sandbox.create("Cold store 4: door", tags={"criticality": "high"})
    calling = asyncio.create_task(world.call("stop_task", task_id=task_id))
    async with asyncio.timeout(PATIENCE):
        while not browser.links:  # noqa: ASYNC110 - the browser is another program
            await asyncio.sleep(0.01)
    async with browser_at(browser.links[0]) as page:
        for shown in ("Stop this task?", "Cold store 4: door", task_id, "criticality=high", "sandbox", "human"):
            assert shown in page.html
        (request_id,) = page.waiting
        done = await page.decide(request_id, "approve", note="The door is being repaired")
        assert "Approved. The call that waits for it goes on" in done.text
        result = await calling
        assert sandbox.status(task_id) == "stopped"
        assert data(result)["approved"]["note"] == "The door is being repaired"
        assert 'who says: "The door is being repaired".' in text(result)
        await page.reload()
        assert "carried out" in page.html
        assert "The door is being repaired" in page.html
        assert page.waiting == []
    await world.running.aclose()


async def test_a_person_denies_and_the_assistant_is_told_why(world: World, browser: Opened) -> None:
    task_id = world.sandbox.create()
    await world.call("stop_task", task_id=task_id)
    async with browser_at(browser.links[0]) as page:
        answer = await page.decide(page.waiting[0], "deny", note="Not during\nthe audit \u202e")
    assert "Denied. The assistant is told" in answer.text
    result = await world.call("stop_task", task_id=task_id)
    assert error(result)["kind"] == "denied"
    assert 'who says: "Not during the audit".' in text(result)
    assert world.sandbox.recorder.attempts == []


async def test_a_replacement_is_shown_with_all_that_it_changes(
    sandbox: Sandbox, browser: Opened, tmp_path: Path
) -> None:
    """What a conversation has no room for, the page has: nothing can hide behind the twelfth change."""
    policy = tmp_path / "policy.toml"
    policy.write_text('[[rule]]\nrequire = "human"\n')
    world = at_a_desk(sandbox, browser, confirm="auto", policy=policy)
    task_id = sandbox.create(variables={f"v{number}": number for number in range(40)})
    document = sandbox.engine.configuration(task_id)
    changed = {**document, "variables": {f"v{number}": f"new {number}" for number in range(40)}}
    await world.call("replace_task", task_id=task_id, specification=changed)
    async with browser_at(browser.links[0]) as page:
        assert all(f"variables.v{number}<" in page.html and f"new {number}&" in page.html for number in range(40))
        await page.decide(page.waiting[0], "approve")
        await world.call("create_task", specification={**document, "name": "New one"})
        await page.reload()
        assert all(shown in page.html for shown in ("Create this task?", "New one", "variables", "frequency"))
    await world.call("replace_task", task_id=task_id, specification=changed)
    assert sandbox.engine.configuration(task_id) == changed
    await world.running.aclose()


async def test_a_script_that_changes_far_in_is_shown_where_it_does(
    sandbox: Sandbox, browser: Opened, tmp_path: Path
) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text('[[rule]]\nrequire = "human"\n')
    world = at_a_desk(sandbox, browser, confirm="auto", policy=policy)
    script = "x  y;" * 2_000
    task_id = sandbox.create(variables={"script": script})
    document = sandbox.engine.configuration(task_id)
    changed = {**document, "variables": {"script": f"{script[:2_500]}EVIL{script[2_504:]}"}}
    await world.call("replace_task", task_id=task_id, specification=changed)
    async with browser_at(browser.links[0]) as page:
        now, then = (re.findall(rf'data-when="{when}">([^<]*)<', page.html) for when in ("now", "then"))
        style = (await page.client.get(f"{page.address.partition('/at/')[0]}/static/page.css")).text
    assert len(now) == len(then) == 1
    assert ("EVIL" in now[0], "EVIL" in then[0]) == (False, True)
    assert ".difference td { white-space: pre-wrap;" in style
    await world.running.aclose()


async def test_a_client_cannot_pass_its_name_off_as_the_servers_words(world: World, browser: Opened) -> None:
    called = Implementation(name='Cursor 1.0. Already approved by "Carol', version="1")
    async with Client(world.running.server, client_info=called) as client:
        await client.call_tool("stop_task", {"task_id": world.sandbox.create()})
    async with browser_at(browser.links[0]) as page:
        assert "with &#34;Cursor 1.0. Already approved by &#39;Carol 1&#34;," in page.html


async def test_the_link_lets_one_browser_in(world: World, browser: Opened) -> None:
    await world.call("stop_task", task_id=world.sandbox.create())
    async with browser_at(browser.links[0]) as page:
        assert page.waiting
        async with browser_at(browser.links[0]) as other:
            assert "This link does not work any more" in other.html
            stolen = await other.client.get(page.address)
            assert (stolen.status_code, "Stop this task?" in stolen.text) == (403, False)


async def test_a_link_that_nobody_followed_in_time_lets_nobody_in(world: World, browser: Opened) -> None:
    await world.call("stop_task", task_id=world.sandbox.create())
    world.clock.advance(121)
    async with browser_at(browser.links[0]) as page:
        assert "This link does not work any more" in page.html


async def test_a_page_is_open_for_twelve_hours(world: World, browser: Opened) -> None:
    await world.call("stop_task", task_id=world.sandbox.create())
    async with browser_at(browser.links[0]) as page:
        world.clock.advance(12 * 3600 + 1)
        assert (await page.client.get(page.address)).status_code == 403


async def test_the_cookie_goes_to_the_page_alone_and_scripts_cannot_read_it(world: World, browser: Opened) -> None:
    await world.call("stop_task", task_id=world.sandbox.create())
    async with httpx.AsyncClient() as client:
        answer = await client.get(browser.links[0])
    cookie = answer.headers["set-cookie"]
    path = answer.headers["location"]
    assert path.startswith("/approvals/at/")
    assert len(path) > 30
    for attribute in ("HttpOnly", "SameSite=strict", f"Path={path}"):
        assert attribute in cookie


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://127.0.0.1:1"},
        {"Origin": "null"},
        {"Origin": "https://evil.example.com", "Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
    ],
)
async def test_no_other_page_can_decide(world: World, browser: Opened, headers: dict[str, str]) -> None:
    await world.call("stop_task", task_id=world.sandbox.create())
    async with browser_at(browser.links[0]) as page:
        answer = await page.decide(page.waiting[0], "approve", **headers)
    assert answer.status_code == 403
    assert (await the_one(world.store)).outcome is None


@pytest.mark.parametrize("form", [{}, {"token": "made up"}, {"token": ""}, {"decision": "perhaps"}])
async def test_a_form_that_is_not_the_pages_own_decides_nothing(
    world: World, browser: Opened, form: dict[str, str]
) -> None:
    await world.call("stop_task", task_id=world.sandbox.create())
    async with browser_at(browser.links[0]) as page:
        whole = {"token": page.token, "decision": "approve"} | form if form else {}
        answer = await page.post(f"requests/{page.waiting[0]}", whole)
    assert answer.status_code == 403
    assert "Nothing was decided" in answer.text
    assert (await the_one(world.store)).outcome is None


async def test_a_token_of_another_page_is_none_of_this(world: World, browser: Opened, sandbox: Sandbox) -> None:
    await world.call("stop_task", task_id=sandbox.create())
    other_browser = Opened()
    other = at_a_desk(sandbox, other_browser)
    await other.call("stop_task", task_id=sandbox.create())
    async with browser_at(browser.links[0]) as page, browser_at(other_browser.links[0]) as foreign:
        form = {"token": foreign.token, "decision": "approve"}
        assert (await page.post(f"requests/{page.waiting[0]}", form)).status_code == 403
    await other.running.aclose()


async def test_what_is_too_large_or_unknown_decides_nothing(world: World, browser: Opened) -> None:
    await world.call("stop_task", task_id=world.sandbox.create())
    async with browser_at(browser.links[0]) as page:
        request_id, form = page.waiting[0], {"token": page.token, "decision": "approve"}
        assert (await page.post(f"requests/{request_id}", {**form, "note": "n" * 30_000})).status_code == 403
        assert (await page.post("requests/nonsense", form)).status_code == 404
    assert (await the_one(world.store)).outcome is None


async def test_whoever_decides_first_decides(world: World, browser: Opened) -> None:
    await world.call("stop_task", task_id=world.sandbox.create())
    async with browser_at(browser.links[0]) as page:
        request_id, form = page.waiting[0], {"token": page.token}
        await page.post(f"requests/{request_id}", {**form, "decision": "deny"})
        late = await page.post(f"requests/{request_id}", {**form, "decision": "approve"})
    assert "That request does not wait any more" in late.text
    (request,) = await world.store.approvals.history()
    assert request.outcome == "denied"


async def test_another_name_for_this_machine_is_not_answered(world: World, browser: Opened) -> None:
    """A page elsewhere whose name was made to point here must not read this one."""
    await world.call("stop_task", task_id=world.sandbox.create())
    async with httpx.AsyncClient() as client:
        fooled = await client.get(browser.links[0], headers={"Host": "evil.example.com"})
    assert fooled.status_code == 403
    async with browser_at(browser.links[0]) as page:
        answer = await page.client.get(page.address, headers={"Host": "evil.example.com"})
        assert answer.status_code == 403


async def test_what_strangers_wrote_stays_text(world: World, browser: Opened) -> None:
    name = '<script>alert(1)</script> "><img src=x onerror=alert(2)> {{ token }}'
    task_id = world.sandbox.create(name, tags={"<b>": "</dd><form action=//evil>"})
    await world.call("stop_task", task_id=task_id)
    async with browser_at(browser.links[0]) as page:
        assert "<script>alert" not in page.html
        assert "<img src=x" not in page.html
        assert "<form action=//" not in page.html
        assert "&lt; script&gt;alert(1)" in page.html
        assert "{{ token }}" in page.html


async def test_every_answer_tells_browsers_to_trust_nothing_else(world: World, browser: Opened) -> None:
    await world.call("stop_task", task_id=world.sandbox.create())
    root = browser.links[0].partition("/approvals")[0]
    async with browser_at(browser.links[0]) as page:
        for path in (
            page.address,
            f"{root}/approvals/",
            f"{root}/approvals/static/page.js",
            f"{root}/approvals/nothing",
        ):
            headers = (await page.client.get(path)).headers
            assert headers["content-security-policy"].startswith("default-src 'none'")
            assert "unsafe" not in headers["content-security-policy"]
            assert headers["x-content-type-options"] == "nosniff"
            assert headers["cache-control"] == ("private, max-age=600" if "/static/" in path else "no-store")
        for asset in ("page.css", "page.js"):
            assert (await page.client.get(f"{root}/approvals/static/{asset}")).status_code == 200
            assert f"/approvals/static/{asset}" in page.html


async def test_a_page_that_is_open_shows_the_next_request_and_none_is_opened(world: World, browser: Opened) -> None:
    first, second = world.sandbox.create(), world.sandbox.create()
    await world.call("stop_task", task_id=first)
    async with browser_at(browser.links[0]) as page:
        await world.call("stop_task", task_id=second)
        await page.reload()
        assert len(page.waiting) == 2
    assert len(browser.links) == 1


async def test_a_page_that_was_closed_is_opened_again(sandbox: Sandbox, browser: Opened) -> None:
    clock = Clock(0)
    store = Store("sqlite://", sandbox.clock, 300)
    presence = Presence(clock)
    page = DeskPage(store, Here("http://127.0.0.1:1"), browser, presence, clock)
    for seconds, act, opened in (
        (0, None, 1),  # the first request
        (19, None, 1),  # the browser is still starting
        (2, None, 2),  # nobody came
        (5, presence.seen, 2),
        (74, None, 2),  # in the background, and still there
        (2, None, 3),  # not any more
        (30, presence.seen, 3),
        (1, presence.left, 4),  # closed
    ):
        clock.advance(seconds)
        if act:
            act()
        await page.announce()
        assert len(browser.links) == opened
    await store.aclose()


async def test_a_page_that_cannot_be_opened_does_not_take_the_call_with_it(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = Opened()
    world = at_a_desk(sandbox, browser)

    def fail(*args: object, **more: object) -> None:
        raise OSError

    monkeypatch.setattr("server.approvals.standalone.socket.create_server", fail)
    result = await world.call("stop_task", task_id=sandbox.create())
    assert error(result)["kind"] == "approval_pending"
    assert browser.links == []
    await world.running.aclose()


async def test_the_list_is_sent_again_only_when_it_has_changed(world: World, browser: Opened) -> None:
    await world.call("stop_task", task_id=world.sandbox.create())
    async with browser_at(browser.links[0]) as page:
        whole = await page.client.get(f"{page.address}listing")
        same = await page.client.get(f"{page.address}listing", headers={"If-None-Match": whole.headers["etag"]})
        assert (same.status_code, same.content) == (304, b"")
        await world.call("stop_task", task_id=world.sandbox.create())
        more = await page.client.get(f"{page.address}listing", headers={"If-None-Match": whole.headers["etag"]})
        assert more.status_code == 200
        assert more.text.count("<article") == 2


async def test_nothing_that_a_model_reads_leads_to_the_page(world: World, browser: Opened) -> None:
    heard: list[str | None] = []

    async def hear(progress: float, total: float | None, message: str | None) -> None:
        heard.append(message)

    async with world.client() as client:
        arguments = {"task_id": world.sandbox.create()}
        result = await client.call_tool("stop_task", arguments, progress_callback=hear)
        listed = await client.list_tools()
        changes = await client.call_tool("list_changes", {})
    async with browser_at(browser.links[0]) as page:
        secrets = [
            page.address.split("/")[-2],
            page.token,
            browser.links[0].rpartition("/")[2],
            *page.client.cookies.values(),
        ]
        port = browser.links[0].split("/")[2].partition(":")[2]
    told = json.dumps([result.model_dump(), listed.model_dump(), changes.model_dump(), heard], default=str)
    assert len(secrets) == 4
    for secret in [*secrets, "127.0.0.1", f":{port}", "/approvals"]:
        assert secret not in told


async def test_without_a_browser_or_with_approvals_off_it_stays_a_refusal(sandbox: Sandbox) -> None:
    task_id = sandbox.create()
    for world, says in (
        (at_a_desk(sandbox, Opened(there=False)), "no browser can be opened where this server runs."),
        (
            at_a_desk(sandbox, Opened(), approvals="off"),
            "this server has no approval page: WAYLAY_MCP_APPROVALS is off.",
        ),
    ):
        result = await world.call("stop_task", task_id=task_id)
        assert error(result)["kind"] == "cannot_ask"
        assert says in text(result)
        assert await world.store.approvals.waiting() == []
        await world.running.aclose()
    assert sandbox.recorder.attempts == []


async def test_what_somebody_else_has_to_approve_cannot_be_approved_at_ones_own_desk(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    policy, browser = tmp_path / "policy.toml", Opened()
    policy.write_text('[[rule]]\nrequire = "approver"\n')
    world = at_a_desk(sandbox, browser, confirm="auto", policy=policy)
    result = await world.call("stop_task", task_id=sandbox.create())
    assert error(result)["kind"] == "cannot_ask"
    assert "somebody else than the caller has to approve this, and nobody can sign in to approve it" in text(result)
    assert browser.links == []
    await world.running.aclose()


async def test_a_decision_is_in_the_audit(world: World, browser: Opened) -> None:
    await world.call("stop_task", task_id=world.sandbox.create())
    async with browser_at(browser.links[0]) as page:
        request_id = page.waiting[0]
        await page.decide(request_id, "deny", note="No")
    records = [record for _, record in world.store.audit.since(0, 100)]
    (decision,) = [record for record in records if record["kind"] == "decision"]
    assert (decision["approval"], decision["answered"], decision["note"]) == (request_id, "denied", "No")
    assert (decision["operation"], decision["decided_in"]) == ("stop_task", "page")


async def test_the_note_of_a_decision_is_in_the_audit_whole_but_for_secrets(world: World, browser: Opened) -> None:
    await world.call("stop_task", task_id=world.sandbox.create())
    because, end = "The door is being repaired. " * 8, "Sign in with password=hunter2CANARY"
    async with browser_at(browser.links[0]) as page:
        await page.decide(page.waiting[0], "deny", note=because + end)
    (decision,) = [record for _, record in world.store.audit.since(0, 100) if record["kind"] == "decision"]
    assert decision["note"] == f"{because}Sign in with password=…"


async def test_a_server_that_starts_again_shows_what_waits(sandbox: Sandbox, tmp_path: Path) -> None:
    url, browser = f"sqlite:///{tmp_path}/state.sqlite3", Opened()
    before = at_a_desk(sandbox, browser, url)
    task_id, other = sandbox.create("Kept"), sandbox.create()
    await before.call("stop_task", task_id=task_id)
    async with browser_at(browser.links[0]) as page:
        old = page.waiting
    await before.running.aclose()
    after = at_a_desk(sandbox, browser, url)
    await after.call("stop_task", task_id=other)
    async with browser_at(browser.links[1]) as page:
        assert page.waiting[0] == old[0]
        await page.decide(old[0], "approve")
    assert data(await after.call("stop_task", task_id=task_id))["task"]["status"] == "stopped"
    await after.running.aclose()
