"""Whether the books agree in the end: what the sandbox did, what the journal has, and what callers were told."""

import sqlite3
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from tests.soak.actor import Claim
from tests.support.world import Sandbox

Deed = tuple[str, str]
"""An operation, and the task that it is about: its ID, or where it was created its name."""

_VERBS = {"PUT": "replace_task", "DELETE": "delete_task"}


@dataclass(frozen=True, slots=True)
class Books:
    """What happened, from three sides.

    Attributes:
        carried_out: How often the sandbox carried out each deed.
        kept: The outcomes that the journal has of each.
    """

    carried_out: Counter[Deed]
    kept: dict[Deed, list[str | None]]

    def doubled(self) -> list[Deed]:
        """Return what was carried out more than once: every call was made once."""
        return [deed for deed, times in self.carried_out.items() if times > 1]

    def lost(self) -> list[Deed]:
        """Return what was carried out, and is not in the journal."""
        return [deed for deed in self.carried_out if deed not in self.kept]

    def disagreeing(self) -> list[str]:
        """Return the changes whose outcome in the journal is not what the sandbox did."""
        truth = {True: "done", False: "not_done"}
        return [
            f"{deed}: the journal has {outcomes}, and it was carried out {self.carried_out[deed]} times"
            for deed, outcomes in self.kept.items()
            if outcomes != [truth[self.carried_out[deed] > 0]]
        ]

    def lies(self, claims: Sequence[Claim]) -> list[Claim]:
        """Return what callers were told that is not so."""
        truth = {"done": 1, "not done": 0}
        return [claim for claim in claims if truth.get(claim.said, self._times(claim)) != self._times(claim)]

    def _times(self, claim: Claim) -> int:
        return self.carried_out[claim.tool, claim.about]


def books(sandbox: Sandbox, folder: Path) -> Books:
    """Open the books; the store is in the folder."""
    (store,) = folder.rglob("*.sqlite3")
    return Books(Counter(_carried_out(sandbox)), _kept(store))


def _carried_out(sandbox: Sandbox) -> Iterator[Deed]:
    for method, path, _ in sandbox.recorder.writes:
        parts = path.partition("?")[0].split("/")
        if len(parts) > 4:
            yield _VERBS.get(method) or f"{parts[-1]}_task", parts[4]
    created = sandbox.database.execute("SELECT name FROM tasks WHERE name LIKE 'actor % made %'")
    yield from (("create_task", name) for (name,) in created)


def _kept(store: Path) -> dict[Deed, list[str | None]]:
    kept: dict[Deed, list[str | None]] = {}
    with closing(sqlite3.connect(store)) as database:
        rows = database.execute("SELECT operation, task_id, task_name, outcome FROM changes ORDER BY number")
        for operation, task_id, name, outcome in rows:
            kept.setdefault((operation, name if operation == "create_task" else task_id), []).append(outcome)
    return kept
