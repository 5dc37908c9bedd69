"""The tasks that a completion is made from, and what is found in them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from tools.contract import Outcome

_ROOM = 200_000
"""Characters that rows may have; they go into no context."""

_CUT = "…"
"""The end of a value that was too long to show, with which nothing is found."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Tasks, as list_tasks returns them.

    Attributes:
        tasks: Their rows.
        total: How many match; None when the service does not say.
    """

    tasks: tuple[Mapping[str, Any], ...]
    total: int | None

    @property
    def are_all(self) -> bool:
        """Whether there are no others."""
        return self.total is not None and self.total <= len(self.tasks)

    @property
    def ids(self) -> Iterator[str]:
        """Their IDs."""
        return (str(task["id"]) for task in self.tasks)

    @property
    def templates(self) -> Iterator[str]:
        """The templates that they use, as often as they do."""
        return (str(task["template"]) for task in self.tasks if _is_whole(task.get("template")))

    @property
    def tags(self) -> Iterator[tuple[str, str]]:
        """Their tags, key and value."""
        for task in self.tasks:
            for key, value in cast("Mapping[str, str]", task.get("tags") or {}).items():
                if not (key.endswith(_CUT) or value.endswith(_CUT)):
                    yield key, value


def rows_of(outcome: Outcome) -> Rows:
    """Return the rows of a page."""
    data = outcome.fit(_ROOM).data
    return Rows(tuple(data.get("tasks", ())), data.get("total"))


def _is_whole(value: object) -> bool:
    return isinstance(value, str) and not value.endswith(_CUT)
