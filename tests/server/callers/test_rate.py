"""How often a caller may call."""

import time

import pytest

from server.callers.rate import CallRate
from tests.support.door import door
from tests.support.world import Sandbox, World, data, error, settings, text


@pytest.mark.usefixtures("one_minute")
async def test_calls_beyond_the_limit_are_refused_in_a_way_an_assistant_can_act_on(sandbox: Sandbox) -> None:
    task_id = sandbox.create()
    async with door(sandbox, calls_per_minute=2) as entrance:
        alice, bob = (entrance.issuer.access_token(name) for name in ("alice", "bob"))
        async with entrance.client(alice) as client:
            for _ in range(2):
                assert data(await client.call_tool("list_tasks", {}))["total"] == 1
            asked = len(sandbox.recorder.requests)
            result = await client.call_tool("stop_task", {"task_id": task_id})
        async with entrance.client(alice) as again, entrance.client(bob) as other:
            assert error(await again.call_tool("list_tasks", {}))["kind"] == "rate_limited"
            assert data(await other.call_tool("list_tasks", {}))["total"] == 1
        records = entrance.world.store.audit.since(0, 10)
    failure = error(result)
    assert (failure["kind"], failure["changed"], failure["retryable"]) == ("rate_limited", "no", True)
    assert 0 < failure["retry_after_seconds"] <= 60
    assert f"Wait {failure['retry_after_seconds']} seconds" in text(result)
    assert len(sandbox.recorder.requests) == asked + 1
    # A flood of calls that were turned away must not become a flood of records.
    assert [*records] == []


async def test_where_nobody_signs_in_nobody_is_counted(sandbox: Sandbox) -> None:
    world = World(sandbox, settings(calls_per_minute=1))
    async with world.client() as client:
        for _ in range(3):
            assert not (await client.call_tool("list_tasks", {})).is_error
    await world.running.aclose()


def test_the_window_slides_and_nothing_is_left_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.time() // 60 * 60
    monkeypatch.setattr(time, "time", lambda: now)
    rate = CallRate(3)
    assert [rate.wait("alice") for _ in range(3)] == [0, 0, 0]
    assert rate.wait("alice") > 0
    now += 60
    assert rate.wait("alice") > 0
    now += 30
    assert rate.wait("alice") == 0
    now += 150
    assert [rate.wait("alice") for _ in range(3)] == [0, 0, 0]


def test_no_limit_is_no_limit() -> None:
    rate = CallRate(0)
    assert {rate.wait("alice") for _ in range(1000)} == {0}
