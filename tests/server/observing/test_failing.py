"""What cannot be counted fails nothing."""

import logging
import multiprocessing
import os
from pathlib import Path
from typing import Any, cast

import anyio
import httpx
import pytest

from server.guard.policy import DefaultPolicy
from server.observing.unfailing import Unfailing
from server.web.app import http_app
from server.web.opening import open_web
from server.web.shared import Shared, one_desk
from tests.support.answers import ACCEPT, User
from tests.support.serving import serve
from tests.support.world import Sandbox, World, data, settings


class Full:
    """A meter whose files are on a device that is full."""

    def __getattr__(self, name: str) -> Any:
        def count(*args: object, **kwargs: object) -> None:
            raise OSError(28, os.strerror(28), "/run/counted/secret-place")

        return count


async def test_a_change_is_done_and_told_of_although_nothing_can_be_counted(
    sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    task_id, full = sandbox.create(), Full()
    world = World(sandbox, settings(), meter=cast("Any", full))
    with caplog.at_level(logging.ERROR, "waylay_tasks_mcp"):
        async with world.client(ask=User(ACCEPT)) as client:
            assert data(await client.call_tool("stop_task", {"task_id": task_id}))["task"]["status"] == "stopped"
            assert not (await client.call_tool("start_task", {"task_id": task_id})).is_error
        app = http_app(world.running, world.settings, metrics=cast("Any", full))
        async with serve(app) as address, httpx.AsyncClient() as client:
            answer = await client.post(f"{address}/mcp", headers={"Host": "evil.example"}, json={})
    assert answer.status_code == 421
    said = [record.getMessage() for record in caplog.records]
    # Once for the calls, and once for what is refused at the door.
    assert said == ["what is counted is not complete any more: No space left on device"] * 2
    await world.running.aclose()


def test_what_is_counted_is_counted_with_what_it_was_given() -> None:
    counted: list[tuple[int, int]] = []

    def count(a: int, *, b: int) -> None:
        counted.append((a, b))

    Unfailing()(count, 1, b=2)
    assert counted == [(1, 2)]


def test_a_worker_that_starts_where_nothing_can_be_counted_serves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", "")
    chosen, desk = settings(), one_desk(multiprocessing.get_context("spawn"))
    shared = Shared(chosen, DefaultPolicy(), None, desk, tmp_path, tmp_path / "gone")
    web = open_web(chosen, "http://127.0.0.1:8000", shared)
    said = [record.getMessage() for record in caplog.records]
    assert [line.partition(":")[0] for line in said] == ["nothing is counted"]
    assert str(tmp_path) not in said[0]
    assert desk.site not in repr(shared)
    anyio.run(web.running.aclose)
