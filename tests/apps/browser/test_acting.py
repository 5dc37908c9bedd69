"""What the task board changes: only what a click names, and what the guard agrees to."""

from typing import Any

import anyio
import pytest
from playwright.async_api import Locator, expect

from tests.apps.browser.conftest import Make, Show
from tests.apps.browser.stopped import stop_the_clock
from tests.apps.hosted import Before, Hosted
from tests.support.answers import ACCEPT, DECLINE, User
from tests.support.approvals import the_one
from tests.support.desks import Opened, at_a_desk
from tests.support.world import Era, World

NAME = "Cold store 4: door alarm"
ERAS: list[Era] = ["modern", "legacy"]
SETTLE = 600
"""Milliseconds for which a button that has just appeared does nothing."""


async def said(board: Hosted, *texts: str) -> None:
    """Wait until the board says so, where it says what came of a change."""
    for text in texts:
        await expect(board.board.locator("#said")).to_contain_text(text)


async def asked(board: Hosted) -> None:
    """Open the task and press Stop, in a host that cannot ask: the board has to."""
    await board.open(NAME)
    await board.press("stop_task")
    await expect(board.board.get_by_role("dialog", name="Stop this task?")).to_be_visible()


async def test_a_stop_is_asked_in_the_servers_words_and_done_after_the_click_that_names_it(
    show: Show, world: World
) -> None:
    task_id = world.sandbox.create(NAME, tags={"site": "ghent"})
    async with show(world, can={"message": {}}) as board:
        await asked(board)
        dialog = board.board.locator("#question")
        await expect(dialog).to_contain_text("It does not run again until it is started again: what it watches for")
        for fact in (f'"{NAME}"', task_id, "running", "pumpVibration", "site=ghent"):
            await expect(board.board.locator("#question-facts")).to_contain_text(fact)
        await expect(board.board.locator("#question-where")).to_have_text("Where: sandbox")
        await expect(board.board.locator("#question-facts")).not_to_contain_text("where")
        await expect(board.board.get_by_role("button", name="No, leave it as it is")).to_be_focused()
        assert board.called("stop_task") == [{"task_id": task_id}]
        assert world.sandbox.status(task_id) == "running"
        await board.board.get_by_role("button", name="Yes, stop this task").click()
        await said(board, "Done", f'Stopped "{NAME}"')
        assert world.sandbox.status(task_id) == "stopped"
        assert [set(given) for given in board.called("stop_task")] == [{"task_id"}, {"task_id", "confirmation"}]
        await expect(board.board.locator("#one-status")).to_have_text("stopped")
        (told,) = await board.seen("ui/update-model-context")
        assert told["params"]["content"][0]["text"].startswith(f"The user carried out stop_task on task {task_id}")
        await board.board.get_by_role("button", name="Undo").click()
        await said(board, f'Started "{NAME}"')
    assert world.sandbox.status(task_id) == "running"


async def test_a_no_sends_nothing(show: Show, world: World) -> None:
    task_id = world.sandbox.create(NAME)
    async with show(world) as board:
        for key in ("Enter", "Escape"):
            await asked(board)
            before = list(board.calls)
            await board.board.locator("#no").press(key)
            await said(board, "Nothing was changed", "You said no, and nothing was sent.")
            await expect(board.board.locator("#question")).to_be_hidden()
            assert board.calls == before
            await board.board.locator("#back").click()
    assert world.sandbox.recorder.attempts == []
    assert world.sandbox.status(task_id) == "running"


async def test_clicks_that_come_too_many_or_too_soon_do_nothing(show: Show, world: World) -> None:
    task_id = world.sandbox.create(NAME)
    async with show(world, frozen=True) as board:
        await stop_the_clock(board)
        await board.open(NAME)
        stop = board.board.locator('[data-tool="stop_task"]')
        await settles(board, stop)
        await stop.dblclick()
        yes = board.board.locator("#yes")
        await expect(yes).to_be_disabled()
        await yes.dispatch_event("click")
        assert len(board.called("stop_task")) == 1
        await settles(board, yes)
        await yes.evaluate("button => { button.click(); button.click(); }")
        await said(board, "Done")
        assert len(board.called("stop_task")) == 2
    assert world.sandbox.recorder.writes == [("POST", f"/rules/v1/tasks/{task_id}/command/stop", 200)]


async def settles(board: Hosted, button: Locator) -> None:
    """Move the time on to where a button that has just appeared can be pressed, and see that it cannot before."""
    await expect(button).to_be_disabled()
    await board.tab.clock.fast_forward(SETTLE - 1)
    await expect(button).to_be_disabled()
    await board.tab.clock.fast_forward(1)
    await expect(button).to_be_enabled()


@pytest.mark.parametrize("era", ERAS)
async def test_a_host_that_can_ask_asks_by_itself(show: Show, world: World, era: Era) -> None:
    task_id, user = world.sandbox.create(NAME), User(DECLINE, ACCEPT)
    async with show(world, ask=user, era=era) as board:
        await board.open(NAME)
        await board.press("stop_task")
        await said(board, "Nothing was changed", "Not stopped: the user declined.")
        assert world.sandbox.status(task_id) == "running"
        await board.press("stop_task")
        await said(board, "Done", f'Stopped "{NAME}"')
        await expect(board.board.locator("#question")).to_be_hidden()
    assert len(user.asked) == 2
    assert world.sandbox.status(task_id) == "stopped"


async def test_a_deletion_leads_back_to_the_list_and_can_be_undone(show: Show, world: World) -> None:
    task_id = world.sandbox.create(NAME, start=False)
    async with show(world) as board:
        await board.open(NAME)
        await board.press("delete_task")
        await expect(board.board.get_by_role("dialog", name="Delete this task?")).to_be_visible()
        await board.board.get_by_role("button", name="Yes, delete this task").click()
        await said(board, f'Deleted "{NAME}"')
        assert world.sandbox.status(task_id) is None
        await expect(board.board.get_by_text("There are no tasks.")).to_be_visible()
        await board.board.get_by_role("button", name="Undo").click()
        await said(board, "under a new ID")
        await expect(board.rows).to_have_count(1)


async def test_where_a_token_is_not_enough_the_servers_refusal_is_shown(show: Show, make_world: Make) -> None:
    world = make_world(confirm="human")
    task_id = world.sandbox.create(NAME)
    async with show(world) as board:
        await board.open(NAME)
        await board.press("stop_task")
        await said(board, "Nothing was changed", "Not stopped: a person has to agree to this, the client cannot ask")
    assert world.sandbox.status(task_id) == "running"


async def test_a_task_that_changed_while_the_question_was_open_is_left_alone(show: Show, world: World) -> None:
    task_id = world.sandbox.create(NAME)
    async with show(world) as board:
        await asked(board)
        world.sandbox.fail(task_id)
        await board.board.locator("#yes").click()
        await said(board, "Nothing was changed", "The task has failed")
    assert world.sandbox.recorder.attempts == []


async def test_a_question_expires(show: Show, world: World) -> None:
    world.sandbox.create(NAME)
    async with show(world, frozen=True) as board:
        await asked(board)
        await expect(board.board.locator("#yes")).to_be_enabled()
        await board.tab.clock.fast_forward(301_000)
        await expect(board.board.locator("#question-time")).to_contain_text("expired, and nothing was changed")
        await expect(board.board.locator("#yes")).to_be_disabled()
        await board.board.locator("#no").click()
        assert len(board.called("stop_task")) == 1
    assert world.sandbox.recorder.attempts == []


async def test_an_outcome_that_did_not_arrive_is_not_known_and_the_changes_are_shown(show: Show, world: World) -> None:
    task_id = world.sandbox.create(NAME)
    async with show(world) as board:
        await asked(board)

        # The second is what a client library says of a result that it does not like.
        losses = {
            "stop_task": (-32001, "Request timed out"),
            "start_task": (-32602, "Structured content does not match"),
        }

        async def lose(tool: str, given: dict[str, Any]) -> dict[str, Any] | None:
            if tool not in losses:
                return None
            await board.client.call_tool(tool, given)
            code, message = losses[tool]
            return {"error": {"code": code, "message": message}}

        board.before = lose
        await board.board.locator("#yes").click()
        await said(board, "Not known whether this was done", "Request timed out", "list_changes shows what was made")
        assert world.sandbox.status(task_id) == "stopped"
        await board.board.get_by_role("button", name="Show the changes").click()
        await said(board, "The last changes", "stop task", "done")
        await board.press("start_task")
        await said(board, "Not known whether this was done", "Structured content does not match")
        assert world.sandbox.status(task_id) == "running"


async def test_a_change_that_the_host_refuses_outright_was_not_made(show: Show, world: World) -> None:
    world.sandbox.create(NAME)
    async with show(world) as board:
        await board.open(NAME)

        async def refuse(tool: str, given: dict[str, Any]) -> dict[str, Any] | None:
            return {"error": {"code": -32601, "message": "Not this tool"}} if tool == "stop_task" else None

        board.before = refuse
        await board.press("stop_task")
        await said(board, "Nothing was changed", "The host refused the call: Not this tool")


async def test_what_a_person_has_to_approve_elsewhere_is_said_and_asked_after_again(show: Show, world: World) -> None:
    approved = at_a_desk(world.sandbox, Opened(), confirm="human")
    task_id = world.sandbox.create(NAME)
    async with show(approved) as board:
        await board.open(NAME)
        await board.press("stop_task")
        await said(board, "Not yet", "waits for a person's approval")
        assert world.sandbox.status(task_id) == "running"
        await approved.store.approvals.decide((await the_one(approved.store)).id, approve=True, by="Carol", note=None)
        await board.board.get_by_role("button", name="Stop it if approved").click()
        await said(board, "Done", 'Approved by "Carol"')
    assert world.sandbox.status(task_id) == "stopped"
    await approved.running.aclose()


async def test_what_waits_for_an_approval_names_its_task_and_goes_when_another_is_opened(
    show: Show, world: World
) -> None:
    approved = at_a_desk(world.sandbox, Opened(), confirm="human")
    task_id = world.sandbox.create(NAME)
    world.sandbox.create("Another")
    async with show(approved) as board:
        await board.open(NAME)
        await board.press("stop_task")
        await expect(board.board.locator("#said-title")).to_have_text(f"Not yet: {NAME}")
        await said(board, f"Task {task_id}.")
        await board.board.locator("#back").click()
        await expect(board.board.get_by_role("button", name="Stop it if approved")).to_be_visible()
        await board.open(NAME)
        await said(board, "Not yet")
        await board.board.locator("#back").click()
        await board.open("Another")
        await expect(board.board.locator("#said")).to_be_hidden()
    assert world.sandbox.recorder.attempts == []
    await approved.running.aclose()


def stopping_once(answering: anyio.Event) -> Before:
    """Return a host that passes a stop on only then."""

    async def slow(tool: str, given: dict[str, Any]) -> dict[str, Any] | None:
        if tool == "stop_task":
            await answering.wait()
        return None

    return slow


async def test_what_waits_for_an_approval_names_its_task_also_where_the_answer_comes_late(
    show: Show, world: World
) -> None:
    approved = at_a_desk(world.sandbox, Opened(), confirm="human")
    task_id, answering = world.sandbox.create(NAME), anyio.Event()
    world.sandbox.create("Another")
    async with show(approved) as board:
        await board.open(NAME)
        board.before = stopping_once(answering)
        await board.press("stop_task")
        await board.board.locator("#back").click()
        await board.open("Another")
        answering.set()
        await expect(board.board.locator("#said-title")).to_have_text(f"Not yet: {NAME}")
        await said(board, f"Task {task_id}.")
    await approved.running.aclose()


async def test_nobody_has_to_wait_for_an_answer_and_a_late_question_is_not_put(show: Show, world: World) -> None:
    world.sandbox.create(NAME)
    answering = anyio.Event()
    async with show(world, frozen=True) as board:
        await board.open(NAME)
        board.before = stopping_once(answering)
        await board.press("stop_task")
        await said(board, "Waiting", "Somebody may be asked first")
        await board.board.get_by_role("button", name="Wait no longer").click()
        await said(board, "Not known whether this was done")
        answering.set()
        await board.board.get_by_role("button", name="Show the changes").click()
        await said(board, "No change of this task is recorded so far.")
        await expect(board.board.locator("#question")).to_be_hidden()
    assert world.sandbox.recorder.attempts == []


async def test_only_what_the_server_offers_has_a_button(show: Show, make_world: Make) -> None:
    world = make_world(read_only=True)
    world.sandbox.create(NAME)
    async with show(world) as board:
        await board.open(NAME)
        await expect(board.board.locator("#facts")).to_contain_text("pumpVibration")
        await expect(board.board.locator("#actions button")).to_have_text(["Ask the assistant"])


async def test_the_assistant_is_asked_about_an_id_and_never_with_a_strangers_words(show: Show, world: World) -> None:
    task_id = world.sandbox.create(NAME)
    async with show(world, can={"message": {}}) as board:
        await board.open(NAME)
        await board.press("ask")
        (message,) = await board.seen("ui/message")
        (part,) = message["params"]["content"]
        assert task_id in part["text"]
        assert NAME not in part["text"]
    async with show(world) as board:
        await board.open(NAME)
        await board.press("ask")
        await expect(board.board.locator("#actions")).to_contain_text("The host did not take the message.")
