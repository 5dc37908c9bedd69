"""How much a machine has done."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass
class Tally:
    """Counts of steps, of calls, and of changes by what allowed them."""

    steps: int = 0
    calls: int = 0
    by_page: int = 0
    by_form: int = 0
    by_token: int = 0
    free: int = 0

    @property
    def changes(self) -> int:
        """All changes."""
        return self.by_page + self.by_form + self.by_token + self.free

    def __str__(self) -> str:
        return (
            f"{self.steps:,} steps, {self.calls:,} calls, {self.changes:,} changes: {self.by_page:,} approved on the "
            f"page, {self.by_form:,} in a form, {self.by_token:,} by a token, {self.free:,} that need no consent"
        )


@dataclass
class OutcomeTally:
    """Counts of steps, of what calls said of their changes, and of what the journal had in the end."""

    steps: int = 0
    said: Counter[str] = field(default_factory=Counter[str])
    journal: Counter[str] = field(default_factory=Counter[str])

    def __str__(self) -> str:
        said = ", ".join(f"{count:,} {what}" for what, count in self.said.most_common())
        journal = ", ".join(f"{count:,} {what}" for what, count in self.journal.most_common())
        return f"{self.steps:,} steps, {self.said.total():,} calls: {said}; in the journal at last: {journal}"
