"""The approval page of a shared server: approvers sign in, and nobody is the somebody else of their own call."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse

from server.approvals.pages import page_over_http
from server.approvals.person import Person
from server.approvals.screen import Screen
from server.approvals.signed_in import SignedIn
from server.store.store import Store
from server.web.app import http_app
from tests.support.approvals import put, the_one
from tests.support.desks import Opened, Page
from tests.support.issuer import CAROL, CLIENT_SECRET
from tests.support.serving import PATIENCE, free_port, serve
from tests.support.shared import Shared, shared_server
from tests.support.world import Clock, Sandbox, World, error

DAVE = {**CAROL, "sub": "dave-8", "name": "Dave"}


@pytest.fixture
async def browser() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(timeout=PATIENCE, follow_redirects=True) as client:
        yield client


@pytest.fixture
async def shared(sandbox: Sandbox, tmp_path: Path) -> AsyncIterator[Shared]:
    async with shared_server(sandbox, tmp_path) as made:
        yield made


async def page_of(browser: httpx.AsyncClient, shared: Shared) -> Page:
    """Go to the page; the issuer signs its user in on the way."""
    answer = await browser.get(f"{shared.address}/approvals/")
    return Page(browser, str(answer.url), answer.text)


async def test_an_approver_signs_in_and_approves_what_somebody_else_asked_for(
    shared: Shared, browser: httpx.AsyncClient
) -> None:
    task_id = shared.world.sandbox.create("Cold store 4: door")
    waiting = await shared.call("dave-8", "delete_task", task_id=task_id, force_stop=True)
    assert error(waiting)["kind"] == "approval_pending"
    page = await page_of(browser, shared)
    assert page.address == f"{shared.address}/approvals/"
    assert "Carol" in page.html
    assert "Cold store 4: door" in page.html
    await page.decide(page.waiting[0], "approve")
    done = await shared.call("dave-8", "delete_task", task_id=task_id, force_stop=True)
    assert not done.is_error
    assert shared.world.sandbox.status(task_id) is None
    (request,) = await shared.world.store.approvals.history()
    assert (request.outcome, request.decided_by, request.caller) == ("spent", "Carol", "dave-8")


async def test_nobody_approves_their_own_call_where_somebody_else_has_to(
    shared: Shared, browser: httpx.AsyncClient
) -> None:
    shared.issuer.user = dict(DAVE)
    task_id = shared.world.sandbox.create()
    await shared.call("dave-8", "delete_task", task_id=task_id, force_stop=True)
    page = await page_of(browser, shared)
    assert "Somebody else than the caller has to approve this, and the caller is you." in page.html
    answer = await page.decide(page.waiting[0], "approve")
    assert "You may not approve that request. It still waits." in answer.text
    assert (await the_one(shared.world.store)).outcome is None
    denied = await page.decide((await the_one(shared.world.store)).id, "deny")
    assert "Denied." in denied.text
    assert shared.world.sandbox.recorder.attempts == []


async def test_a_call_that_needs_any_person_may_be_approved_by_the_caller_who_is_an_approver(
    shared: Shared, browser: httpx.AsyncClient
) -> None:
    shared.issuer.user = dict(DAVE)
    task_id = shared.world.sandbox.create()
    await shared.call("dave-8", "stop_task", task_id=task_id)
    page = await page_of(browser, shared)
    await page.decide(page.waiting[0], "approve")
    assert not (await shared.call("dave-8", "stop_task", task_id=task_id)).is_error


async def test_an_approval_is_no_good_for_somebody_elses_call(shared: Shared, browser: httpx.AsyncClient) -> None:
    task_id = shared.world.sandbox.create()
    await shared.call("dave-8", "delete_task", task_id=task_id, force_stop=True)
    page = await page_of(browser, shared)
    await page.decide(page.waiting[0], "approve")
    other = await shared.call("erin-9", "delete_task", task_id=task_id, force_stop=True)
    assert error(other)["kind"] == "approval_pending"
    assert shared.world.sandbox.recorder.attempts == []


async def test_who_is_no_approver_gets_no_page(shared: Shared, browser: httpx.AsyncClient) -> None:
    shared.issuer.user = {**CAROL, "groups": ["staff"]}
    await shared.call("dave-8", "delete_task", task_id=shared.world.sandbox.create(start=False))
    page = await page_of(browser, shared)
    assert "You could not be signed in" in page.html
    assert "operators" in page.html
    assert "Delete this task" not in page.html
    assert browser.cookies.get("waylay_approvals") is None


async def test_where_the_caller_is_not_known_or_signed_in_elsewhere_nobody_can_be_somebody_else(
    shared: Shared, browser: httpx.AsyncClient
) -> None:
    page = shared.world.running.page
    assert page.serves("approver", f"{shared.issuer.address} dave") is None
    assert page.serves("human", "") is None
    assert "callers do not sign in here" in (page.serves("approver", "") or "")
    assert "signed in elsewhere" in (page.serves("approver", "https://other dave") or "")
    assert "signed in elsewhere" in (page.serves("approver", f"{shared.issuer.address}.evil dave") or "")
    for identity in ("https://other dave", ""):
        await put(shared.world.store, requirement="approver", identity=identity)
    shown = await page_of(browser, shared)
    for request_id in shown.waiting:
        answer = await shown.decide(request_id, "approve")
        assert "You may not approve that request." in answer.text
    assert len(await shared.world.store.approvals.waiting()) == 2


@pytest.mark.parametrize("types", [["pairwise"], ["public", "pairwise"]])
async def test_where_a_client_may_get_subjects_of_its_own_nobody_can_be_told_to_be_somebody_else(
    shared: Shared, browser: httpx.AsyncClient, types: list[str]
) -> None:
    shared.issuer.metadata = {"subject_types_supported": types}
    await shared.call("dave-8", "delete_task", task_id=shared.world.sandbox.create(start=False))
    page = await page_of(browser, shared)
    assert "who the caller is cannot be told here" in page.html
    assert "You may not approve that request." in (await page.decide(page.waiting[0], "approve")).text
    assert shared.world.sandbox.recorder.attempts == []


async def test_interns_do_not_decide_what_operators_have_to(
    shared: Shared, browser: httpx.AsyncClient, sandbox: Sandbox
) -> None:
    """Two servers over one store: each has its approvers, and neither a request nor a page goes over."""
    task_id = sandbox.create()
    await shared.call("dave-8", "stop_task", task_id=task_id)
    request = await the_one(shared.world.store)
    listener, address = free_port()
    chosen = shared.world.settings.model_copy(update={"approver_group": "staff", "public_url": address})
    approvals = page_over_http(chosen, shared.world.store, address, sandbox.clock, Opened())
    other = World(sandbox, chosen, store=shared.world.store, page=approvals.page)
    async with serve(http_app(other.running, chosen, approvals=approvals.app), listener=listener):
        page = await page_of(browser, Shared(other, shared.issuer, address))
        assert "Nothing waits." in page.html
        assert request.id not in page.html
        cookie = browser.cookies["waylay_approvals"]
        open_page = await shared.world.store.sessions.read("page", cookie)
        assert open_page is not None
        form = {"token": open_page["token"], "decision": "approve"}
        assert (await page.post(f"requests/{request.id}", form)).status_code == 404
    async with httpx.AsyncClient() as same:
        stolen = await same.get(f"{shared.address}/approvals/listing", headers={"Cookie": f"waylay_approvals={cookie}"})
    assert stolen.status_code == 403
    assert (await the_one(shared.world.store)).outcome is None
    await approvals.page.aclose()


async def test_who_has_not_signed_in_decides_nothing_and_sees_nothing(
    shared: Shared, browser: httpx.AsyncClient
) -> None:
    await shared.call("dave-8", "stop_task", task_id=shared.world.sandbox.create())
    request = await the_one(shared.world.store)
    for path, method in ((f"requests/{request.id}", "POST"), ("listing", "GET"), ("bye", "POST")):
        answer = await browser.request(method, f"{shared.address}/approvals/{path}", data={"decision": "approve"})
        assert answer.status_code == 403
        assert request.id not in answer.text
    ticket = await shared.world.store.sessions.open("ticket", {}, 100)
    assert (await browser.get(f"{shared.address}/approvals/open/{ticket}")).status_code == 404
    assert (await the_one(shared.world.store)).outcome is None


async def test_a_page_that_was_opened_at_a_desk_is_none_of_a_server_where_people_sign_in(
    shared: Shared, browser: httpx.AsyncClient
) -> None:
    await shared.call("dave-8", "stop_task", task_id=shared.world.sandbox.create())
    data = {"name": "root", "identity": "", "token": "t", "desk": "d"}
    browser.cookies.set("waylay_approvals", await shared.world.store.sessions.open("page", data, 100))
    assert (await browser.get(f"{shared.address}/approvals/listing")).status_code == 403


async def test_signing_out_ends_the_page_in_the_store_too(shared: Shared, browser: httpx.AsyncClient) -> None:
    await shared.call("dave-8", "stop_task", task_id=shared.world.sandbox.create())
    page = await page_of(browser, shared)
    cookie = browser.cookies["waylay_approvals"]
    foreign = await browser.post(f"{page.address}sign-out", headers={"Sec-Fetch-Site": "cross-site"})
    assert foreign.status_code == 403
    assert (await browser.get(f"{page.address}listing")).status_code == 200
    assert "You are signed out" in (await browser.post(f"{page.address}sign-out")).text
    again = await browser.get(f"{page.address}listing", headers={"Cookie": f"waylay_approvals={cookie}"})
    assert again.status_code == 403


async def test_a_sign_in_is_finished_by_the_browser_that_began_it_and_once(
    shared: Shared, browser: httpx.AsyncClient
) -> None:
    begun = await browser.get(f"{shared.address}/approvals/sign-in", follow_redirects=False)
    at_issuer = await browser.get(begun.headers["location"], follow_redirects=False)
    back = at_issuer.headers["location"]
    assert urlsplit(back).path == "/approvals/signed-in"
    async with httpx.AsyncClient(timeout=PATIENCE) as other:
        stranger = await other.get(back)
    assert "This sign-in is over" in stranger.text
    finished = await browser.get(back, follow_redirects=False)
    assert (finished.status_code, finished.headers["location"]) == (303, f"{shared.address}/approvals/")
    assert "HttpOnly" in finished.headers["set-cookie"]
    assert "This sign-in is over" in (await browser.get(back)).text


@pytest.mark.parametrize("path", ["", "/"])
async def test_an_issuer_that_is_away_is_called_that(shared: Shared, browser: httpx.AsyncClient, path: str) -> None:
    shared.issuer.instead["/.well-known/openid-configuration"] = _broken
    answer = await browser.get(f"{shared.address}/approvals{path}")
    assert answer.status_code == 403
    assert "You could not be signed in" in answer.text


async def _broken(request: Any) -> PlainTextResponse:
    return PlainTextResponse("oops", 500)


async def test_over_https_the_cookie_is_for_this_host_and_tls_alone() -> None:
    clock = Clock()
    store = Store("sqlite://", clock, 300)

    class Anybody:
        async def begin(self) -> Any:
            raise AssertionError

        async def finish(self, kept: object, query: object) -> Any:
            return Person("Carol", "https://issuer carol")

    access = SignedIn(store, Screen("/approvals", clock), Anybody(), "https://mcp.example.com/approvals", "page")  # pyright: ignore[reportArgumentType]
    handle = await store.sessions.open("sign_in", {}, 100)
    transport = httpx.ASGITransport(Starlette(routes=access.routes()))
    async with httpx.AsyncClient(transport=transport, base_url="https://mcp.example.com") as client:
        answer = await client.get("/signed-in", headers={"Cookie": f"__Host-waylay_approvals_sign_in={handle}"})
    (cookie,) = [value for value in answer.headers.get_list("set-cookie") if "Max-Age=3600" in value]
    assert cookie.startswith("__Host-waylay_approvals=")
    assert all(attribute in cookie for attribute in ("Secure", "HttpOnly", "Path=/;", "SameSite=lax"))
    await store.aclose()


async def test_a_failure_of_the_sign_in_names_no_secret(
    shared: Shared, browser: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    shared.issuer.claims = {"nonce": "another"}
    page = await page_of(browser, shared)
    assert "You could not be signed in" in page.html
    for secret in [CLIENT_SECRET, *shared.issuer.given]:
        assert secret not in page.html
        assert all(secret not in record.getMessage() for record in caplog.records if record.name.startswith("waylay"))
