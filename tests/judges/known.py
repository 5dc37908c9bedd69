"""Findings that are known and stay, each with its reason; anything else that a judge finds is a failure."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from tests.judges.verdict import Verdict

FILE = Path(__file__).with_name("known.toml")


class Known(BaseModel):
    """What one judge says, and why it stays so.

    A finding is known by its whole name, or by the part before a colon, and then with all that goes on behind it.
    """

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    judge: str = Field(min_length=1)
    says: list[str] = Field(min_length=1)
    reason: str = Field(min_length=20)


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    known: list[Known]


@dataclass(frozen=True, slots=True)
class Weighed:
    """A verdict against what is known.

    Attributes:
        unknown: Findings that nobody has given a reason for.
        stale: Known findings that were not made any more.
    """

    verdict: Verdict
    known: int
    unknown: Sequence[str]
    stale: Sequence[str]

    @property
    def passed(self) -> bool:
        """Whether all is as it should be: a judge that looked at nothing has not judged."""
        return self.verdict.passed > 0 and not self.unknown and not self.stale


def read_known(path: Path = FILE) -> list[Known]:
    """Return the known findings.

    Raises:
        ValidationError: a reason is missing, or something that does not belong there is not.
    """
    return _File.model_validate(tomllib.loads(path.read_text("utf-8"))).known


def weigh(verdict: Verdict, known: Sequence[Known]) -> Weighed:
    """Compare a verdict with what is known of its judge."""
    names = [name for entry in known if entry.judge == verdict.judge for name in entry.says]
    unknown = [finding for finding in verdict.findings if not any(_is(finding, name) for name in names)]
    stale = [name for name in names if not any(_is(finding, name) for finding in verdict.findings)]
    return Weighed(verdict, len(verdict.findings) - len(unknown), unknown, stale)


def unheard(verdicts: Sequence[Verdict], known: Sequence[Known]) -> list[str]:
    """Return the names in what is known that no judge goes by."""
    return sorted({entry.judge for entry in known} - {verdict.judge for verdict in verdicts})


def _is(finding: str, name: str) -> bool:
    return finding == name or finding.startswith(f"{name}:")
