"""The audit in a terminal: one clean line for every record of every kind, whatever strangers have put into it."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from server.approvals.deciding import Deciding
from server.approvals.person import Person
from server.cli import run
from server.journal.audit import Audit
from server.store.changes import Changes
from tests.conftest import MakeWorld
from tests.support.approvals import Desk, the_one
from tests.support.world import World, data

HOSTILE = "\x1b[2J\x1b]0;owned\x07evil\r\n2026-01-01 00:00:00  DONE  root\u202e\u2066\u200b\u2028\x9b31m\x00\ud800\t"
PATIENCE = 4 * 30
"""Seconds after which no request of a call can be under way any more: four, of 30 seconds each."""

FIELDS = """
    at kind principal client operation performed task_id requirement rule asked answered question approval outcome
    changed status duration_ms change_id requested_by note arguments task_name decided_in took_back undoes
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
    needed = "a person's yes needed (the default, tightened to human)"
    what = f'stop_task {task_id} "Pump watch"'
    asked = f"{needed}; asked: page {request.id}"
    assert columns(question) == ["QUESTION", f"{request.caller} via mcp 0.1.0", what, asked, "in sandbox"]
    assert "  APPROVAL_PENDING  " in call
    assert columns(call)[-2:] == [f"{asked} -> waiting", "in sandbox"]
    told = f"{answered} request {request.id} of {request.caller} via mcp 0.1.0 on the page: \"Not 'now', later\""
    assert columns(decision) == ["DECISION", "carol", what, f"{needed}; {told}", "in sandbox"]
    assert len({line.index("stop_task") for line in (question, call, decision)}) == 1


def columns(line: str) -> list[str]:
    """Return what stands in a line's columns, without its time."""
    time, *others = re.split(" {2,}", line)
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ", time)
    return others


async def test_a_decision_says_where_it_was_made_and_whether_it_took_an_approval_back(
    make_lasting: MakeWorld, capsys: pytest.CaptureFixture[str]
) -> None:
    world = make_lasting(page=Desk(), confirm="human", approval_wait=0)
    await world.call("stop_task", task_id=world.sandbox.create())
    request, audit = await the_one(world.store), Audit(world.store, None, world.clock)
    await Deciding(world.store, audit, world.clock).decide(request, Person("carol", ""), approve=True, note=None)
    approved = await world.store.approvals.find(request.id)
    assert approved is not None
    at_a_terminal = Deciding(world.store, audit, world.clock, "terminal")
    await at_a_terminal.decide(approved, Person("carol", ""), approve=False, note=None)
    records = [record for _, record in world.store.audit.since(0, 99) if record["kind"] == "decision"]
    told = [(record["answered"], record["decided_in"], record.get("took_back")) for record in records]
    assert told == [("approved", "page", None), ("denied", "terminal", True)]
    assert run(["audit", "--since", "2026-01-01"]) == 0
    *_, first, second = capsys.readouterr().out.splitlines()
    assert f"; approved request {request.id} of {request.caller} via mcp 0.1.0 on the page" in first
    assert f"; took back request {request.id} of {request.caller} via mcp 0.1.0 in a terminal" in second


async def test_what_needed_no_consent_what_was_refused_and_what_was_found_out_is_said_in_plain_words(
    make_lasting: MakeWorld, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def forget(changes: Changes, change_id: str, outcome: str, task_id: str | None = None) -> None: ...

    monkeypatch.setattr(Changes, "end", forget)
    world = make_lasting()
    task_id = world.sandbox.create("Cold store 4", start=False)
    change_id = data(await world.call("start_task", task_id=task_id))["change_id"]
    await world.call("stop_task", task_id=task_id, nonsense=1)
    world.clock.advance(PATIENCE)
    await world.call("list_changes")
    assert run(["audit", "--since", "2026-01-01"]) == 0
    begun, done, refused, settled = map(columns, capsys.readouterr().out.splitlines())
    what, ended = f'start_task {task_id} "Cold store 4"', ["in sandbox", f"change {change_id}"]
    assert [begun[0], *begun[2:]] == ["BEGUN", what, "no consent needed (the default)", *ended]
    assert [done[0], *done[2:]] == ["DONE", what, "no consent needed (the default)", *ended]
    assert refused[2:] == [f"stop_task {task_id}", "refused before the rules were looked at", "in sandbox"]
    assert settled == ["SETTLED", "-", what, "found out later: it was made", *ended]


async def test_an_undo_is_shown_with_the_change_that_it_undoes_and_what_it_performs(
    make_lasting: MakeWorld, capsys: pytest.CaptureFixture[str]
) -> None:
    world = make_lasting()
    task_id = world.sandbox.create(start=False)
    started = data(await world.call("start_task", task_id=task_id))["change_id"]
    asked = await world.call("undo_change", change_id=started)
    token = data(asked)["confirmation_required"]["confirmation"]
    undone = data(await world.call("undo_change", change_id=started, confirmation=token))["change_id"]
    await world.call("undo_change", change_id="\x1b[2Jnone")
    assert run(["audit", "--since", "2026-01-01"]) == 0
    _, _, *about_the_undo, unknown = map(columns, capsys.readouterr().out.splitlines())
    to_undo, change = f"to undo change {started} by stop_task", f"change {undone}"
    assert [(line[0], line[-1]) for line in about_the_undo] == [
        (kind, to_undo) for kind in ("QUESTION", "ASKED", "BEGUN", "DONE")
    ]
    assert [line[-2] for line in about_the_undo] == ["in sandbox", "in sandbox", change, change]
    assert unknown[-1] == "to undo change [2Jnone"


async def test_an_undo_that_was_found_out_later_is_shown_with_the_change_that_it_undoes(
    make_lasting: MakeWorld, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def forget(changes: Changes, change_id: str, outcome: str, task_id: str | None = None) -> None: ...

    world = make_lasting(confirm="off")
    stopped = data(await world.call("stop_task", task_id=world.sandbox.create()))["change_id"]
    monkeypatch.setattr(Changes, "end", forget)
    undone = data(await world.call("undo_change", change_id=stopped))["change_id"]
    world.clock.advance(PATIENCE)
    await world.call("list_changes")
    assert run(["audit", "--since", "2026-01-01"]) == 0
    *_, settled = map(columns, capsys.readouterr().out.splitlines())
    assert (settled[0], settled[-2:]) == ("SETTLED", [f"change {undone}", f"to undo change {stopped}"])


@pytest.mark.parametrize("kind", ["call", "question", "decision", "begun", "settled", HOSTILE])
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
