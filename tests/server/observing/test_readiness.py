"""Whether requests should be sent here: what /readyz says, and to whom that is no secret."""

import threading
import time
from collections.abc import Callable

import anyio
import pytest
from starlette.requests import Request

from server.observing import readiness
from server.observing.readiness import Readiness
from server.store.unavailable import StoreUnavailable
from server.upstream.health import Health
from server.web.app import http_app
from tests.server.observing.conftest import Watched, get
from tests.support.serving import serve
from tests.support.world import Sandbox, World, settings

PATH = Request({"type": "http", "headers": []})


async def test_a_server_is_ready_before_its_first_call_and_after(watched: Watched) -> None:
    answer = await watched.get("/readyz")
    checks = {"process": "ok", "store": "ok", "service": "not asked yet"}
    assert (answer.status_code, answer.json()) == (200, {"status": "ready", "checks": checks})
    await watched.world.call("list_tasks")
    assert (await watched.get("/readyz")).json()["checks"]["service"] == "ok"


async def test_a_store_that_cannot_be_used_makes_it_unready_and_is_not_named(sandbox: Sandbox) -> None:
    where = "postgresql://waylay:canary-7b1d-password@127.0.0.1:1/waylay"
    world = World(sandbox, settings(), url=where)
    async with serve(http_app(world.running, world.settings)) as address:
        answer = await get(f"{address}/readyz")
    assert answer.status_code == 503
    assert answer.json()["status"] == "not ready"
    assert answer.json()["checks"]["store"] == "cannot be used; the log says why"
    assert "127" not in answer.text
    await world.running.aclose()


async def test_a_service_that_is_left_alone_is_told_of_and_takes_nobody_out(watched: Watched) -> None:
    watched.gateway.failing = 99
    for _ in range(3):
        await watched.world.call("list_tasks")
    answer = await watched.get("/readyz")
    assert (answer.status_code, answer.json()["status"]) == (200, "ready")
    assert answer.json()["checks"]["service"].startswith("failed too often, so nothing is sent to it for a while; ")


async def test_a_server_that_was_told_to_end_is_not_ready(watched: Watched) -> None:
    watched.draining.begin()
    answer = await watched.get("/readyz")
    assert (answer.status_code, answer.json()["checks"]["process"]) == (503, "ends")


async def test_a_store_that_hangs_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readiness, "_PATIENCE", 0.05)
    go_on, looked = threading.Event(), list[float]()

    def hang() -> None:
        looked.append(time.monotonic())
        go_on.wait()

    asked = _asked(hang)
    with anyio.fail_after(5):
        answers = [await asked.answer(PATH) for _ in range(3)]
    go_on.set()
    assert [answer.status_code for answer in answers] == [503, 503, 503]
    assert b"did not answer within 0.05 seconds" in bytes(answers[0].body)
    # Whoever asks again and again does not leave a thread behind each time.
    assert len(looked) == 1


async def test_the_store_is_looked_at_again_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readiness, "_FRESH", 0)
    outcomes: list[Exception | None] = [StoreUnavailable(), None]

    def check() -> None:
        outcome = outcomes.pop(0)
        if outcome is not None:
            raise outcome

    asked = _asked(check)
    assert [(await asked.answer(PATH)).status_code for _ in range(2)] == [503, 200]


def _asked(check: Callable[[], None]) -> Readiness:
    return Readiness(check, Health, lambda: False)
