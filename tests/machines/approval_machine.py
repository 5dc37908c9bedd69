"""A model that does everything wrong, the people around it, and time: nothing changes that nobody approved."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from server.approvals.person import Person
from tests.machines.approval_model import APPROVAL_SECONDS, SECONDS, Brought, Request
from tests.machines.approval_stage import GUARDS, Stage
from tests.machines.at_once import AtOnce
from tests.machines.callers import ANSWERS, HANDS, Hand
from tests.machines.deciding import CAROL, PEOPLE
from tests.machines.deeds import AS_MADE, UNKNOWN, Deed, act

WORKERS = st.sampled_from([0, 1])
WHO = st.sampled_from(HANDS)
TOOLS = st.sampled_from(["stop_task", "stop_task", "delete_task", "delete_task", "replace_task", "start_task"])
SLOTS = st.sampled_from(range(len(GUARDS)))
YES_OR_NO = st.booleans()
PICK = st.integers(0, 1000)
LIVE = st.sampled_from(["accepted", *ANSWERS, "silence"])
MEANWHILE = st.sampled_from(["nothing", "nothing", "nothing", "approve", "deny", "change"])


class ApprovalMachine(AtOnce, Stage):
    """Calls of every kind, decisions in time and too late, and everybody who might get in the way."""

    def deed(self, hand: Hand, tool: str, slot: int, force: bool) -> Deed:
        arguments: dict[str, Any] = {"task_id": self.tasks[slot]}
        if tool == "delete_task":
            arguments["force_stop"] = force
        elif tool == "replace_task":
            arguments["specification"] = self.document(slot, f"replaced {force}")
        return Deed(hand, tool, act(tool, **arguments))

    @rule(worker=WORKERS, who=WHO, tool=TOOLS, slot=SLOTS, force=YES_OR_NO, live=LIVE, meanwhile=MEANWHILE)
    def request(self, worker: int, who: Hand, tool: str, slot: int, force: bool, live: str, meanwhile: str) -> None:
        self.history.append(self.deed(who, tool, slot, force))
        self.perform(worker, self.history[-1], live=live, meanwhile=meanwhile)

    @precondition(lambda self: self.history)
    @rule(worker=WORKERS, pick=PICK, who=st.none() | WHO, live=LIVE)
    def retry(self, worker: int, pick: int, who: Hand | None, live: str) -> None:
        """Make an earlier call again, perhaps from elsewhere, or spelled otherwise."""
        deed = self.history[-1 - pick % len(self.history)]
        deed = replace(deed, hand=who or deed.hand)
        spelled = {"taskId" if name == "task_id" else name: value for name, value in deed.act.given.items()}
        self.perform(worker, deed, arguments=spelled if pick % 2 else None, live=live)

    @precondition(lambda self: self.model.requests)
    @rule(worker=WORKERS, pick=PICK, meanwhile=MEANWHILE)
    def come_back_for_a_request(self, worker: int, pick: int, meanwhile: str) -> None:
        self.perform(worker, self.picked(pick).deed, meanwhile=meanwhile)

    @precondition(lambda self: self.model.waiting())
    @rule(worker=WORKERS, pick=PICK, approve=st.sampled_from([True, True, False]))
    def somebody_else_decides(self, worker: int, pick: int, approve: bool) -> None:
        waiting = self.model.waiting()
        self.decide(worker, waiting[pick % len(waiting)], CAROL, approve)

    @precondition(lambda self: self.model.waiting())
    @rule(
        worker=WORKERS,
        pick=PICK,
        between=st.sampled_from(["nothing", "nothing", "nothing", "time", "edit", "other", "last look"]),
    )
    def an_approval_is_used(self, worker: int, pick: int, between: str) -> None:
        """Approve, let something happen or nothing, and make the call, at the other worker or as it was."""
        waiting = self.model.waiting()
        request = waiting[-1 - pick % len(waiting)]
        self.decide(1 - worker, request, CAROL, approve=True)
        if between == "time":
            self.sandbox.clock.advance(request.expires - self.sandbox.clock.now - 1 + pick % 3)
        elif between == "edit" and request.deed.act.task_id and self.look(request.deed.act):
            self.edit(request.deed.act.task_id)
        elif between == "other":
            self.perform(worker, replace(request.deed, hand=HANDS[pick % len(HANDS)]))
        overtaken = between == "last look" and request.deed.act.task_id is not None
        self.perform(worker, request.deed, meanwhile="change before the last look" if overtaken else "nothing")

    @precondition(lambda self: self.every_request())
    @rule(worker=WORKERS, pick=PICK, person=st.sampled_from(PEOPLE), approve=YES_OR_NO)
    def a_person_decides_in_time_or_not(self, worker: int, pick: int, person: Person, approve: bool) -> None:
        """Decide about any request there was: perhaps too late, perhaps as its own caller."""
        found = self.every_request()
        self.decide(worker, found[pick % len(found)], person, approve)

    @precondition(lambda self: self.model.requests)
    @rule(worker=WORKERS, pick=PICK, who=WHO, tool=TOOLS, slot=SLOTS, force=YES_OR_NO)
    def do_something_else_than_was_asked(
        self, worker: int, pick: int, who: Hand, tool: str, slot: int, force: bool
    ) -> None:
        """Change one thing about a call that waits, or is approved: who, which tool, which task, or an argument."""
        deed = self.picked(pick).deed
        same = tool if deed.act.task_id is None else deed.act.operation
        where = self.tasks.index(deed.act.task_id) if deed.act.task_id in self.tasks else slot
        changed = [
            replace(deed, hand=who),
            self.deed(deed.hand, tool, where, force),
            self.deed(deed.hand, same, slot, force),
            self.deed(deed.hand, same, where, force),
        ]
        self.perform(worker, changed[pick % len(changed)])

    @precondition(lambda self: self.model.asked)
    @rule(
        worker=WORKERS,
        pick=PICK,
        answer=st.sampled_from(["accepted", "accepted", *ANSWERS]),
        stricter=st.sampled_from([None, None, True]),
    )
    def a_user_answers(self, worker: int, pick: int, answer: str, stricter: bool | None) -> None:
        """Bring an answer, or a token, for what was asked: the first time or again, in time, or under other rules."""
        if stricter:
            self.a_worker_restarts(worker, stricter)
        handle = list(self.model.asked)[-1 - pick % len(self.model.asked)]
        asked = self.model.asked[handle]
        answer = answer if asked.way == "question" else "accepted"
        self.perform(worker, asked.deed, brought=Brought(asked.way, handle, answer))

    @rule(
        worker=WORKERS,
        who=st.sampled_from([hand for hand in HANDS if hand.era == "modern"]),
        slot=st.sampled_from([slot for slot, guard in enumerate(GUARDS) if guard in {"human", "confirm"}]),
        between=st.sampled_from(["nothing", "nothing", "time", "edit", "stricter"]),
    )
    def a_user_is_asked_and_agrees(self, worker: int, who: Hand, slot: int, between: str) -> None:
        """Ask, let something happen or nothing, and bring the yes, or the token, at the other worker."""
        deed, known = self.deed(who, "stop_task", slot, force=False), len(self.model.asked)
        if self.sandbox.status(self.tasks[slot]) != "running":
            self.sandbox.put(self.tasks[slot], "running", self.document(slot, AS_MADE))
        self.perform(worker, deed)
        if len(self.model.asked) == known:
            return
        handle, asked = list(self.model.asked.items())[-1]
        if between == "time":
            self.sandbox.clock.advance(SECONDS)
        elif between == "edit":
            self.edit(self.tasks[slot])
        elif between == "stricter":
            self.a_worker_restarts(1 - worker, stricter=True)
        self.perform(1 - worker, deed, brought=Brought(asked.way, handle))

    @precondition(lambda self: self.secrets())
    @rule(worker=WORKERS, pick=PICK, who=st.none() | WHO, way=st.sampled_from(["token", "question"]), last=YES_OR_NO)
    def pass_off_something_as_consent(self, worker: int, pick: int, who: Hand | None, way: str, last: bool) -> None:
        """Bring a handle, a token, the ID of a request or a change: used or not, somebody else's, the wrong way."""
        found = self.secrets()
        secret = found[-1 - pick % len(found)]
        asked = self.model.asked.get(secret)
        deed = asked.deed if asked and not last else self.history[-1] if self.history else None
        if deed is not None:
            self.perform(worker, replace(deed, hand=who or deed.hand), brought=Brought(way, secret))

    def secrets(self) -> list[str]:
        return [*self.changes, *(one.id for one in self.every_request()), *self.model.asked]

    @rule(
        worker=WORKERS,
        who=WHO,
        tool=TOOLS,
        slot=SLOTS,
        invented=st.text(max_size=30),
        way=st.sampled_from(["token", "question"]),
    )
    def invent_a_consent(self, worker: int, who: Hand, tool: str, slot: int, invented: str, way: str) -> None:
        self.perform(worker, self.deed(who, tool, slot, force=True), brought=Brought(way, invented))

    @precondition(lambda self: self.changes)
    @rule(worker=WORKERS, who=WHO, pick=PICK, live=LIVE, meanwhile=MEANWHILE)
    def undo(self, worker: int, who: Hand, pick: int, live: str, meanwhile: str) -> None:
        change = list(self.changes.values())[-1 - pick % len(self.changes)]
        undone, arguments = self.undoing(change), {"change_id": change.id}
        if isinstance(undone, str):
            self.only_talk(worker, who, "undo_change", arguments, undone)
        else:
            self.perform(worker, Deed(who, "undo_change", undone), arguments=arguments, live=live, meanwhile=meanwhile)

    @precondition(lambda self: self.every_request())
    @rule(worker=WORKERS, who=WHO, pick=PICK, where=st.sampled_from(["change_id", "task_id", "tool", "argument"]))
    def look_for_a_way_to_approve(self, worker: int, who: Hand, pick: int, where: str) -> None:
        """Use the ID of a request wherever one could be put, and tools that there might be."""
        found = self.every_request()
        request_id = found[pick % len(found)].id
        tool, arguments, kind = {
            "change_id": ("undo_change", {"change_id": request_id}, "invalid_arguments"),
            "task_id": ("stop_task", {"task_id": request_id}, "not_found"),
            "tool": ("approve_request", {"request_id": request_id}, "unknown_tool"),
            "argument": ("stop_task", {"task_id": self.tasks[0], "approval": request_id}, "invalid_arguments"),
        }[where]
        self.only_talk(worker, who, tool, arguments, kind)

    @rule(worker=WORKERS, who=WHO, tool=st.sampled_from(["list_tasks", "list_changes"]))
    def look_around(self, worker: int, who: Hand, tool: str) -> None:
        self.only_talk(worker, who, tool, {}, "answered")

    def only_talk(self, worker: int, who: Hand, tool: str, arguments: Mapping[str, Any], expected: str) -> None:
        written = len(self.sandbox.recorder.attempts)
        kind, _ = self.run(self.say(worker, who, tool, arguments))
        assert kind == expected, f"{kind}, and not {expected}"
        assert len(self.sandbox.recorder.attempts) == written

    @rule(seconds=st.sampled_from([1, 60, SECONDS - 1, SECONDS + 1, 590, APPROVAL_SECONDS - 1, APPROVAL_SECONDS + 1]))
    def time_passes(self, seconds: float) -> None:
        self.sandbox.clock.advance(seconds)

    @rule(slot=SLOTS, what=st.sampled_from(["start", "stop", "fail", "edit", "guard", "delete"]))
    def somebody_else_changes_a_task(self, slot: int, what: str) -> None:
        task_id, document = self.tasks[slot], self.document(slot, AS_MADE)
        status = self.sandbox.status(task_id)
        if status is None:
            self.sandbox.put(task_id, "running", document)
        elif what == "delete":
            self.sandbox.engine.delete(task_id, force_stop=True)
        elif what == "fail":
            self.sandbox.fail(task_id)
        elif what == "edit":
            self.edit(task_id)
        elif what == "guard":
            self.sandbox.engine.replace(task_id, {**document, "tags": {"guard": "human"}})
        elif (status == "running") == (what == "stop"):
            getattr(self.sandbox.engine, what)(task_id)

    @precondition(lambda self: self.every_request() or self.model.asked)
    @rule(worker=WORKERS, pick=PICK, back=YES_OR_NO)
    def a_task_is_again_what_was_shown(self, worker: int, pick: int, back: bool) -> None:
        """The moment for a replay: the call is made again on the state that it was asked about."""
        found = [*self.every_request(), *self.model.asked.values()]
        asked = found[pick % len(found)]
        task_id = asked.deed.act.task_id
        if task_id is not None and asked.shown != UNKNOWN:
            self.sandbox.put(task_id, asked.shown.status, dict(asked.shown.document))
            finished = asked.shown.finished
            self.sandbox.change(task_id, "created_ms", asked.shown.created * 1000)
            self.sandbox.change(task_id, "finished_ms", finished if finished is None else finished * 1000)
        if back:
            self.perform(worker, asked.deed)

    @rule(worker=WORKERS)
    def what_is_long_over_is_forgotten(self, worker: int) -> None:
        self.workers[worker].store.pruning.prune()
        self.model.prune()

    @rule(which=WORKERS, stricter=st.sampled_from([False, False, True]))
    def a_worker_restarts(self, which: int, stricter: bool) -> None:
        """Restart, perhaps with a stricter policy than the other worker has yet."""
        self.run(self.workers[which].aclose())
        self.stricter[which] = stricter
        self.workers[which] = self.new_worker(stricter=stricter)

    def picked(self, pick: int) -> Request:
        found = list(self.model.requests.values())
        return found[-1 - pick % len(found)]
