import asyncio
import stat
from pathlib import Path

import pytest

from server.guard.consent import Consent
from server.store.consents import Consents
from server.store.database import Database
from tests.support.world import Clock, Sandbox, World, error, settings, text


def consent(clock: Clock, seconds: float = 300) -> Consent:
    return Consent(
        way="token", audience="a", principal="p", call="c", operation="stop_task", arguments="d", state={}, status="running",
        salt="s", expires=clock.now + seconds,
    )  # fmt: skip


async def test_a_consent_is_closed_once_whoever_tries(tmp_path: Path) -> None:
    clock = Clock()
    workers = [Consents(Database(f"sqlite:///{tmp_path}/state.sqlite3"), clock) for _ in range(4)]
    handle = await workers[0].open(consent(clock))
    closed = await asyncio.gather(*(worker.close(handle, "spent") for worker in workers for _ in range(5)))
    assert sum(closed) == 1
    entry = await workers[3].read(handle)
    assert entry is not None
    assert entry.outcome == "spent"
    for worker in workers:
        await worker.aclose()


async def test_an_expired_consent_cannot_be_spent() -> None:
    clock = Clock()
    ledger = Consents(Database("sqlite://"), clock)
    handle = await ledger.open(consent(clock, seconds=10))
    clock.advance(10)
    assert not await ledger.close(handle, "spent")
    await ledger.aclose()


async def test_the_file_is_the_owners_alone_and_holds_no_handle(tmp_path: Path) -> None:
    clock, path = Clock(), tmp_path / "state" / "consents.sqlite3"
    ledger = Consents(database, clock)
    handle = await ledger.open(consent(clock))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    await ledger.aclose()
    assert all(handle.encode() not in file.read_bytes() for file in path.parent.iterdir())


async def test_what_expired_long_ago_is_forgotten() -> None:
    clock = Clock()
    ledger = Consents(Database("sqlite://"), clock)
    handle = await ledger.open(consent(clock))
    clock.advance(300 + 3601)
    await ledger.open(consent(clock))
    assert await ledger.read(handle) is None
    await ledger.aclose()


async def test_no_more_than_so_many_questions_are_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger_module, "MAX_OPEN", 2)
    clock = Clock()
    ledger = Consents(Database("sqlite://"), clock)
    handles = [await ledger.open(consent(clock)) for _ in range(2)]
    with pytest.raises(LedgerUnavailable):
        await ledger.open(consent(clock))
    await ledger.close(handles[0], "declined")
    await ledger.open(consent(clock))
    await ledger.aclose()


async def test_a_ledger_that_cannot_be_written_means_no(tmp_path: Path, sandbox: Sandbox) -> None:
    (tmp_path / "consents.sqlite3").write_text("this is not a database, and long enough to be taken for one " * 20)
    world = World(sandbox, settings(), ledger_path=tmp_path / "consents.sqlite3")
    task_id = sandbox.create()
    result = await world.call("stop_task", task_id=task_id)
    assert error(result)["kind"] == "unavailable"
    assert "WAYLAY_MCP_STATE_DIR" in text(result)
    assert sandbox.recorder.writes == []
    await world.running.aclose()
