"""The audit in a terminal: one clean line for every record of every kind, whatever strangers have put into it."""

import json
from pathlib import Path
from typing import Any

import pytest

from server.approvals.deciding import Deciding
from server.approvals.person import Person
from server.cli import run
from server.journal.audit import Audit
from tests.conftest import MakeWorld
from tests.support.approvals import Desk, the_one
from tests.support.world import World

HOSTILE = "\x1b[2J\x1b]0;owned\x07evil\r\n2026-01-01 00:00:00  DONE  root\u202e\u2066\u200b\u2028\x9b31m\x00\ud800\t"
FIELDS = """
    at kind principal client operation performed task_id requirement rule asked answered question approval outcome
    changed status duration_ms change_id requested_by note arguments
"""


@pytest.fixture
def make_lasting(make_world: MakeWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MakeWorld:
    """Make worlds whose store the command finds as well."""
    monkeypatch.setenv("WAYLAY_MCP_STATE_DIR", str(tmp_path / "state"))

    def make(**given: Any) -> World:
        (tmp_path / "state").mkdir(exist_ok=True)
        return make_world(url=f"sqlite:///{tmp_path}/state/state.sqlite3", **given)

    return make


@pytest.mark.parametrize(("approve", "answered"), [(True, "approved"), (False, "denied")])
async def test_a_decision_is_shown_with_who_made_it_about_whose_call(
    make_lasting: MakeWorld, capsys: pytest.CaptureFixture[str], approve: bool, answered: str
) -> None:
    world = make_lasting(page=Desk(), confirm="human", approval_wait=0)
    task_id = world.sandbox.create()
    await world.call("stop_task", task_id=task_id)
    request = await the_one(world.store)
    deciding = Deciding(world.store, Audit(world.store, None, world.clock), world.clock)
    await deciding.decide(request, Person("carol", ""), approve=approve, note='Not "now",\nlater')
    assert run(["audit", "--since", "2026-01-01"]) == 0
    question, call, decision = capsys.readouterr().out.splitlines()
    rule = "human by the default, tightened to human"
    assert (
        f"  QUESTION  {request.caller} via mcp 0.1.0  stop_task {task_id}  {rule}; asked: page {request.id}" in question
    )
    assert "  APPROVAL_PENDING  " in call
    assert call.endswith(f"{rule}; asked: page {request.id} -> waiting")
    assert decision.endswith(
        f"  DECISION  carol  stop_task {task_id}  {rule}; "
        f"{answered} request {request.id} of {request.caller} via mcp 0.1.0: \"Not 'now', later\""
    )


@pytest.mark.parametrize("kind", ["call", "question", "decision", HOSTILE])
async def test_hostile_text_in_every_field_stays_on_one_clean_line(
    make_lasting: MakeWorld, capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    world = make_lasting()
    for value in (HOSTILE, [HOSTILE], {HOSTILE: HOSTILE}):
        await world.store.audit.add(world.clock(), {**dict.fromkeys(FIELDS.split(), value), "kind": kind})
    await world.store.audit.add(world.clock(), {"kind": kind})
    assert run(["audit", "--since", "2026-01-01"]) == 0
    shown = capsys.readouterr().out
    assert shown.count("\n") == 4
    assert all(line.isprintable() for line in shown.splitlines())
    assert "\u202e" not in shown
    assert run(["audit", "--since", "2026-01-01", "--json"]) == 0
    lines = capsys.readouterr().out.split("\n")
    assert [json.loads(line)["kind"] for line in lines[:-1]] == [kind] * 4
    assert all(line.isascii() and line.isprintable() for line in lines)


async def test_a_stranger_cannot_make_a_line_of_their_own_by_a_call(
    make_lasting: MakeWorld, capsys: pytest.CaptureFixture[str]
) -> None:
    world = make_lasting()
    await world.call("stop_task", task_id=HOSTILE, confirmation=HOSTILE, **{HOSTILE: HOSTILE})
    assert run(["audit", "--since", "2026-01-01"]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert line.isprintable()
    assert "  INVALID_ARGUMENTS  " in line
