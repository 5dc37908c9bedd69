"""What happens between the looks at a task, and when the record of consents fails."""

from typing import Any

import pytest

from server.guard.consent import changed_paths, fingerprint
from server.store import open_ones
from server.store.consents import Consents
from server.store.unavailable import StoreUnavailable
from tests.support.answers import ACCEPT, DECLINE, User
from tests.support.world import Era, World, data, error, text

ERAS: list[Era] = ["modern", "legacy"]


def token_of(result: Any) -> str:
    return data(result)["confirmation_required"]["confirmation"]


@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize("after", [1, 2])
async def test_a_task_that_is_replaced_while_it_is_looked_at_is_not_agreed_to_unseen(
    world: World, era: Era, after: int
) -> None:
    """Whichever of the two requests of a look falls before the change: the next look notices."""
    task_id, user, looks = world.sandbox.create("Harmless test", start=False), User(ACCEPT), 0
    critical = {"name": "CRITICAL", "template": "pumpVibration", "type": "periodic", "frequency": 60_000}

    async def replace_meanwhile(method: str, path: str) -> None:
        nonlocal looks
        looks += 1
        if looks == after:
            world.sandbox.engine.replace(task_id, {**critical, "start": False})

    world.sandbox.recorder.before = replace_meanwhile
    async with world.client(era, user) as client:
        result = await client.call_tool("delete_task", {"task_id": task_id})
    if result.is_error:
        assert error(result)["kind"] == "stale"
        assert world.sandbox.status(task_id) == "stopped"
    else:
        assert "CRITICAL" in user.asked[0].message


async def test_a_consent_is_void_once_the_task_was_seen_in_another_state(world: World) -> None:
    """Started, so that it cannot be deleted; then stopped again by somebody: the old token is worth nothing."""
    task_id = world.sandbox.create(start=False)
    token = token_of(await world.call("delete_task", task_id=task_id))
    world.sandbox.engine.start(task_id)
    first = await world.call("delete_task", task_id=task_id, confirmation=token)
    assert error(first)["kind"] == "not_possible"
    world.sandbox.engine.stop(task_id)
    second = await world.call("delete_task", task_id=task_id, confirmation=token)
    assert error(second)["kind"] == "stale"
    assert world.sandbox.recorder.attempts == []


async def test_a_consent_that_expires_during_the_last_look_is_called_expired(world: World) -> None:
    task_id = world.sandbox.create()
    token = token_of(await world.call("stop_task", task_id=task_id))

    async def linger(method: str, path: str) -> None:
        world.clock.advance(300)

    world.sandbox.recorder.before = linger
    result = await world.call("stop_task", task_id=task_id, confirmation=token)
    assert error(result)["kind"] == "expired"
    assert world.sandbox.recorder.attempts == []


async def test_a_no_is_a_no_even_if_it_cannot_be_recorded(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(consents: Consents, handle: str, outcome: str) -> bool:
        raise StoreUnavailable

    monkeypatch.setattr(Consents, "close", fail)
    task_id = world.sandbox.create()
    for answer, kind in ((DECLINE, "declined"), (ACCEPT, "unavailable")):
        async with world.client(ask=User(answer)) as client:
            assert error(await client.call_tool("stop_task", {"task_id": task_id}))["kind"] == kind
    assert world.sandbox.recorder.attempts == []


async def test_too_many_open_questions_are_called_that(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(open_ones, "MAX_OPEN", 1)
    task_id = world.sandbox.create()
    await world.call("stop_task", task_id=task_id)
    result = await world.call("stop_task", task_id=task_id)
    assert error(result)["kind"] == "unavailable"
    assert "too many confirmations are waiting" in text(result)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"task": {"name": "a"}}, {"task.name": "a"}),
        ({"task": {"name": "a"}, "task.name": "z"}, {"task": {"name": "b"}, "task.name": "z"}),
        ({"task": {}}, {}),
        ({"a\\": 1}, {"a": 1}),
        ({"task": {"a": 1}}, {"task": {"a": 1.5}}),
    ],
)
def test_no_two_different_states_have_the_same_fingerprint(before: dict[str, Any], after: dict[str, Any]) -> None:
    found = [fingerprint({"specification": document}, "salt") for document in (before, after)]
    assert changed_paths(*found)
