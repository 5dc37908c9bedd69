"""Two calls at once on two workers, and somebody who gets in between."""

import asyncio
import json
import sqlite3
from collections.abc import Coroutine, Iterable
from typing import Any, TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from server.guard.consent import digest
from tests.machines.approval_model import MOST_REFUSALS, WINDOW, Key, Request, key_of
from tests.machines.approval_stage import Stage
from tests.machines.callers import HANDS, Hand
from tests.machines.deciding import CAROL, decided
from tests.machines.deeds import UNKNOWN, Deed, State, hurdle, matter

ResultT = TypeVar("ResultT")

MUTE = [hand for hand in HANDS if not hand.forms]
TURNS = st.integers(0, 12)
LONG = 5
"""Seconds that two calls may take."""
PASSING = {
    "approval_pending",
    "expired",
    "stale",
    "denied",
    "refused_before",
    "already_used",
    "answered",
    "unavailable",
    "declined",
}
OVERTAKEN = {"not_found", "not_possible", "rejected"}


class AtOnce(Stage):
    """What cannot be foretold, because it depends on who is quicker: it is held to what must not be."""

    @precondition(lambda self: self.with_a_task())
    @rule(
        pick=st.integers(0, 1000),
        who=st.none() | st.sampled_from(MUTE),
        behind=TURNS,
        first=st.sampled_from(["nothing", "approve", "deny"]),
        does=st.sampled_from(["nothing", "nothing", "approve", "deny", "edit"]),
        turn=TURNS,
    )
    def call_twice_at_once(self, pick: int, who: Hand | None, behind: int, first: str, does: str, turn: int) -> None:
        """Make a call that has a request, and the same or somebody else's like it; perhaps just after the decision."""
        requests = self.with_a_task()
        request = requests[-1 - pick % len(requests)]
        deed = request.deed
        if first != "nothing" and request in self.model.waiting():
            self.decide(0, request, CAROL, approve=first == "approve")
        pair = [
            Deed(hand, deed.act.operation, deed.act, self.stricter[worker])
            for worker, hand in enumerate((deed.hand, who or deed.hand))
        ]
        state = self.look(deed.act)
        if state is not None and all(_goes_to_the_page(one, state) for one in pair):
            self.race(pair, state, behind, does, turn)
        else:
            self.perform(0, pair[0])

    def with_a_task(self) -> list[Request]:
        return [one for one in self.model.requests.values() if one.deed.act.task_id]

    def race(self, pair: list[Deed], state: State, behind: int, does: str, turn: int) -> None:
        keys = {key_of(one, one.requirement(state)): one for one in pair}
        valid, written = self.model.in_force(set(keys)), len(self.sandbox.recorder.attempts)
        lasting = any(one.expires > self.sandbox.clock.now + LONG for one in valid)
        refused = {one.matter: list(self.model.refused.get(one.matter, [])) for one in pair}
        self.looked_at, self.written_on = {}, []
        kinds, approved = self.run(self.both(pair, keys, behind, does, turn))
        writes = [(method, path) for method, path, _ in self.sandbox.recorder.attempts[written:]]
        assert set(writes) <= {pair[0].act.write}
        assert len(writes) <= len(valid) + approved
        assert approved or all(one in [request.shown for request in valid] for one in self.written_on)
        assert writes or not lasting or does in {"edit", "deny"}, "an approval led to nothing"
        assert kinds.count("done") <= len(writes)
        # A task that is edited may be one by then for which a token is enough.
        edited = OVERTAKEN | {"offer"} if does == "edit" else OVERTAKEN if writes else set[str]()
        assert set(kinds) <= PASSING | {"done"} | edited, kinds
        self.by_page += len(writes)
        self.tally.by_page += len(writes)
        self.granted.update((method, path.partition("?")[0]) for method, path in writes)
        self.nobody_is_asked_too_often(pair, refused)
        self.learn(keys, state)

    async def both(
        self, pair: list[Deed], keys: dict[Key, Deed], behind: int, does: str, turn: int
    ) -> tuple[list[str], int]:
        """Return what became of the calls, and how many requests were approved meanwhile."""
        calls = [self.say(worker, one.hand, one.tool, one.act.given) for worker, one in enumerate(pair)]
        first, second, approved = await asyncio.gather(
            calls[0], after(behind, calls[1]), after(turn, self.gets_between(keys, does))
        )
        return [first[0], second[0]], approved

    async def gets_between(self, keys: dict[Key, Deed], does: str) -> int:
        deed = next(iter(keys.values()))
        if does == "edit" and self.look(deed.act) is not None:
            self.edit(deed.act.task_id or "")
        if does not in {"approve", "deny"}:
            return 0
        approved = 0
        for row in self.requests_of(keys):
            came = await decided(self.workers[0].store, self.sandbox.clock, row["id"], CAROL, approve=does == "approve")
            approved += came == "approved"
            if came == "denied":
                self.model.refuse(keys[_key(row, deed)])
        return approved

    def requests_of(self, keys: Iterable[Key]) -> list[sqlite3.Row]:
        """Return the requests that are open for one of these keys, and those that came up just now."""
        mine = {request.id for request in self.model.requests.values() if request.key in set(keys)}
        return [row for row in self.records.requests() if row["id"] in mine or row["id"] not in self.known]

    def nobody_is_asked_too_often(self, pair: list[Deed], refused: dict[Any, list[float]]) -> None:
        keys = [_key(row, pair[0]) for row in self.records.requests() if row["id"] not in self.known]
        asked = {(identity, matter(act)) for identity, act, *_ in keys}
        for what, times in refused.items():
            if sum(at >= self.sandbox.clock.now - WINDOW for at in times) >= MOST_REFUSALS:
                assert what not in asked, "what was refused twice was put to somebody again"

    def learn(self, keys: dict[Key, Deed], before: State) -> None:
        """Take over how the requests stand now, and since when the new ones are bound to what."""
        rows = self.requests_of(keys)
        for key in keys:
            request = self.model.requests.get(key)
            row = next((row for row in rows if request and row["id"] == request.id), None)
            if request is not None and row is not None:
                request.outcome, request.expires = row["outcome"], row["expires"]
                if row["open_call"] is None:
                    self.model.ends(request, row["outcome"] or "expired")
        for row in rows:
            if row["id"] not in self.known:
                self.learn_new(row, keys, before)

    def learn_new(self, row: sqlite3.Row, keys: dict[Key, Deed], before: State) -> None:
        key = _key(row, next(iter(keys.values())))
        shown = next((one for one in (self.look(key[1]), before) if one and _shows(row, one)), UNKNOWN)
        request = Request(row["id"], keys[key].direct, key[3], shown, row["expires"], row["outcome"])
        self.known.add(request.id)
        if row["open_call"] is None:
            self.model.ended.append(request)
        else:
            assert key not in self.model.requests, "one call has two requests"
            self.model.requests[key] = request


async def after(turns: int, work: Coroutine[Any, Any, ResultT]) -> ResultT:
    """Let others go first so many times."""
    for _ in range(turns):
        await asyncio.sleep(0)
    return await work


def _goes_to_the_page(deed: Deed, state: State) -> bool:
    required = deed.requirement(state)
    asks = required == "approver" or (required == "human" and not deed.hand.forms)
    return asks and hurdle(deed.act, state) is None


def _key(row: sqlite3.Row, deed: Deed) -> Key:
    """Return the key of a request for a deed, whoever asked."""
    shown = json.loads(row["shown"])
    return shown["identity"], deed.act, shown["client"].removesuffix(" 1"), shown["requirement"]


def _shows(row: sqlite3.Row, state: State) -> bool:
    """Tell whether a request is about a task in this state. Each document has a name of its own.

    One that changed between the two requests of a look is shown as it is by then, and bound to what it was before.
    """
    facts, bound = dict(json.loads(row["shown"])["facts"]), json.loads(row["bound"])
    name = state.document["name"]
    named = facts["name"] == json.dumps(name) and bound["state"]["specification.name"] == digest(name, bound["salt"])
    return named and facts["status"] == state.status and ("finished" in facts) == (state.finished is not None)
