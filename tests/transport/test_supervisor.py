"""What keeps workers running, when the system has no room for another."""

import logging
import multiprocessing
import os
import signal
from multiprocessing.process import BaseProcess

import pytest

from server.web import supervisor
from server.web.supervisor import Supervisor
from tests.support.serving import PATIENCE


def test_a_worker_that_cannot_be_started_for_a_moment_is_started_later_and_ends_nothing(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(supervisor, "_FIRST_PAUSE", 0.01)
    failures = [BlockingIOError(11, "Resource temporarily unavailable"), OSError(12, "Cannot allocate memory")]
    spawn = multiprocessing.get_context("spawn")

    def start(place: int) -> BaseProcess:
        if failures:
            raise failures.pop(0)
        # It tells its supervisor to end.
        process = spawn.Process(target=os.kill, args=(os.getpid(), signal.SIGTERM), daemon=True)
        process.start()
        return process

    with caplog.at_level(logging.WARNING):
        told = Supervisor(start, 1, PATIENCE, lambda place, process: None).run(lambda: None)
    assert (told, failures) == (signal.SIGTERM, [])
    said = [record.getMessage() for record in caplog.records if record.name == "waylay_tasks_mcp.workers"]
    assert said[:2] == [
        "a worker could not be started (Resource temporarily unavailable); that is tried again in 0.0 s",
        "a worker could not be started (Cannot allocate memory); that is tried again in 0.0 s",
    ]
