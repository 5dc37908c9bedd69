import subprocess
import sys
import threading
import time
from pathlib import Path

import anyio
import anyio.lowlevel
import pytest

from server.doctor.check import Check, Finding, fine, problem
from server.doctor.checks import CHECKS
from server.doctor.examined import Examined
from server.doctor.in_time import in_time
from server.doctor.running import LONGEST, run_checks
from tests.support.serving import PATIENCE, clean_environment


async def well(examined: Examined) -> Finding:
    await anyio.lowlevel.checkpoint()
    return fine("Well.")


async def ill(examined: Examined) -> Finding:
    return problem("Ill.", "Rest.")


async def hanging(examined: Examined) -> Finding:
    await anyio.sleep_forever()
    raise AssertionError


async def defect(examined: Examined) -> Finding:
    raise RuntimeError("hunter2")


async def found(*checks: Check, seconds: float = 5) -> list[tuple[str, Finding]]:
    told: list[tuple[str, Finding]] = []
    await run_checks(checks, Examined(), lambda check, finding: told.append((check.name, finding)), seconds)
    return told


async def test_what_needs_something_that_is_ill_is_not_checked_because_of_the_first_that_is() -> None:
    checks = (Check("a", ill), Check("b", well, needs=("a",)), Check("c", well, needs=("b",)), Check("d", well))
    told = dict(await found(*checks))
    assert [one.status for one in told.values()] == ["problem", "not checked", "not checked", "ok"]
    assert told["c"].says == "because of: a"


async def test_checks_are_told_of_in_their_order() -> None:
    slow = Check("slow", hanging, seconds=0.05)
    assert [name for name, _ in await found(slow, Check("quick", well))] == ["slow", "quick"]


async def test_a_check_that_hangs_is_given_up_and_the_others_go_on() -> None:
    began = time.monotonic()
    told = dict(await found(Check("a", hanging, seconds=2 * PATIENCE), Check("b", well), seconds=2))
    assert time.monotonic() - began < PATIENCE
    assert (told["a"].status, told["b"].status) == ("warning", "ok")
    assert "not enough time" in told["a"].says


async def test_a_defect_of_one_check_is_told_without_its_words() -> None:
    told = dict(await found(Check("a", defect), Check("b", well)))
    assert (told["a"].status, told["b"].status) == ("problem", "ok")
    assert "RuntimeError" in told["a"].says
    assert "hunter2" not in str(told)


async def test_work_that_blocks_is_left_behind() -> None:
    let_go, began = threading.Event(), time.monotonic()
    with pytest.raises(TimeoutError):
        await in_time(lambda: let_go.wait(PATIENCE), 0.05)
    assert time.monotonic() - began < PATIENCE
    let_go.set()


def test_a_process_does_not_wait_for_what_was_left_behind() -> None:
    program = """
import time, anyio
from server.doctor.in_time import in_time
anyio.run(in_time, lambda: time.sleep(60), 0.05)
"""
    ended = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    assert (ended.returncode, "TimeoutError" in ended.stderr) == (1, True)


def test_the_command_does_not_wait_for_a_name_server_that_is_silent(tmp_path: Path) -> None:
    program = """
import socket, sys, time
socket.getaddrinfo = lambda *_, **__: time.sleep(120)
from server.doctor import of_callers
of_callers.SECONDS = 1.5
from server.cli import run
sys.exit(run(["doctor"]))
"""
    outside = {"WAYLAY_MCP_AUTH_ISSUER": "https://login.invalid", "WAYLAY_MCP_PUBLIC_URL": "https://mcp.invalid"}
    ended = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", program],
        env=clean_environment(HOME=str(tmp_path), **outside),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (1, "")
    assert "Nobody can sign in" in ended.stdout


def test_all_checks_together_end_within_fifteen_seconds_and_need_only_what_comes_before() -> None:
    assert LONGEST < 15
    names = [check.name for check in CHECKS]
    assert len(set(names)) == len(names)
    for number, check in enumerate(CHECKS):
        assert set(check.needs) <= set(names[:number])
        assert check.seconds <= 8
