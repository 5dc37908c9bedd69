"""What a judge said."""

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of one judge.

    Attributes:
        judge: Its name, and what it judged.
        passed: Things that it looked at and found in order.
        findings: Things that it did not, each with a name that stays the same from run to run.
        details: What it says of each, for whoever has to mend it.
        seconds: How long it took.
    """

    judge: str
    passed: int
    findings: Sequence[str] = ()
    details: dict[str, str] = field(default_factory=dict[str, str])
    seconds: float = 0
