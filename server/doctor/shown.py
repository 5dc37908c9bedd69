"""How what was found is shown: as lines for people, or as one JSON object for programs."""

import json
import os
import shutil
import sys
import textwrap
from collections.abc import Iterator, Sequence
from typing import Any

from server.doctor.check import Check, Finding, Status
from server.printed import show_text
from server.terminal import is_terminal
from server.version import NAME, VERSION

_COLOURS: dict[Status, str] = {"ok": "32", "warning": "33", "problem": "31", "not checked": "2"}
_STATUS = 11
"""Characters of the longest status."""

_WIDEST, _NARROWEST = 100, 60


class _Counted:
    """Counts what was found."""

    def __init__(self) -> None:
        self._counts: dict[Status, int] = {"ok": 0, "warning": 0, "problem": 0, "not checked": 0}

    @property
    def problems(self) -> int:
        """How many things have to be mended."""
        return self._counts["problem"]

    @property
    def _worst(self) -> Status:
        return next(status for status in ("problem", "warning", "ok") if self._counts[status] or status == "ok")

    def _count(self, finding: Finding) -> None:
        self._counts[finding.status] += 1


class AsText(_Counted):
    """A line for each check on stdout, with its cure below; coloured where that is a terminal and NO_COLOR is not set.

    Args:
        checks: All that there are.
    """

    def __init__(self, checks: Sequence[Check]) -> None:
        super().__init__()
        self._name = max(len(check.name) for check in checks)
        at_terminal = is_terminal(sys.stdout)
        self._coloured = at_terminal and not os.environ.get("NO_COLOR")
        self._width, self._is_read = _WIDEST, True
        if at_terminal:
            self._width = max(_NARROWEST, min(_WIDEST, shutil.get_terminal_size().columns))
        self._write(f"{NAME} {VERSION}, Python {sys.version.split()[0]}\n")

    def tell(self, check: Check, finding: Finding) -> None:
        """Show what a check found."""
        self._count(finding)
        head = f"{self._painted(finding.status)}  {check.name:{self._name}}  "
        margin = " " * (_STATUS + self._name + 4)
        first, *others = [*self._lines(finding)]
        self._write("\n".join([head + first, *(margin + line for line in others)]))

    def end(self) -> None:
        """Say what it comes to."""
        counts = self._counts
        said = [f"{counts['problem']} to mend"] if counts["problem"] else []
        said += [f"{counts['warning']} to look at"] if counts["warning"] else []
        said += [f"{counts['not checked']} not checked"] if counts["not checked"] else []
        self._write("\n" + (", ".join(said) if said else "All is well") + ".")

    def _lines(self, finding: Finding) -> Iterator[str]:
        room = self._width - _STATUS - self._name - 4
        yield from textwrap.wrap(finding.says, room, break_on_hyphens=False, break_long_words=False)
        for line in finding.lines:
            yield from textwrap.wrap(
                line, room, subsequent_indent="  ", break_on_hyphens=False, break_long_words=False,
                drop_whitespace=True, replace_whitespace=False,
            )  # fmt: skip
        if finding.cure:
            yield from textwrap.wrap(
                f"Cure: {finding.cure}", room, subsequent_indent="  ", break_on_hyphens=False, break_long_words=False
            )

    def _painted(self, status: Status) -> str:
        text = f"{status:{_STATUS}}"
        return f"\x1b[{_COLOURS[status]}m{text}\x1b[0m" if self._coloured else text

    def _write(self, text: str) -> None:
        # Why nothing can be printed is said once, and the checks go on: the exit status tells what they find.
        self._is_read = self._is_read and show_text(f"{text}\n")


class AsJson(_Counted):
    """One JSON object on stdout."""

    def __init__(self) -> None:
        super().__init__()
        self._checks: list[dict[str, Any]] = []

    def tell(self, check: Check, finding: Finding) -> None:
        """Keep what a check found."""
        self._count(finding)
        self._checks.append(
            {
                "check": check.name,
                "status": finding.status,
                "says": finding.says,
                "cure": finding.cure,
                "details": dict(finding.details),
            }
        )

    def end(self) -> None:
        """Write it all."""
        found = {"version": VERSION, "python": sys.version.split()[0], "status": self._worst, "checks": self._checks}
        show_text(json.dumps(found, indent=2) + "\n")
