import io
import os
import sys

import pytest

from server.doctor.check import Check, Finding, fine, problem, warning
from server.doctor.examined import Examined
from server.doctor.shown import AsText


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


async def nothing(examined: Examined) -> Finding:
    return fine("Nothing.")


def shown(monkeypatch: pytest.MonkeyPatch, stream: io.StringIO, *findings: Finding, columns: int = 80) -> list[str]:
    """Return the lines in which findings are shown."""
    monkeypatch.setattr(sys, "stdout", stream)
    monkeypatch.setattr("shutil.get_terminal_size", lambda: os.terminal_size((columns, 24)))
    checks = [Check(f"check {number}", nothing) for number in range(len(findings))]
    text = AsText(checks)
    for check, finding in zip(checks, findings, strict=True):
        text.tell(check, finding)
    text.end()
    return stream.getvalue().splitlines()


LONG = problem("It is broken, " * 12, "Mend it, " * 12, "and a line " * 12)


@pytest.mark.parametrize("columns", [20, 72, 80, 300])
def test_lines_fit_into_a_terminal_and_stay_in_their_columns(columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    lines = shown(monkeypatch, Terminal(), LONG, fine("Well."), columns=columns)
    assert max(map(len, lines)) <= min(100, max(60, columns))
    assert "ok           check 1  Well." in lines
    assert sum(line.startswith(" " * 22) for line in lines) >= 6
    assert any(line.strip().startswith("Cure: Mend it,") for line in lines)


def test_colours_are_for_terminals_that_want_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert "\x1b[31mproblem    \x1b[0m  check 0" in "\n".join(shown(monkeypatch, Terminal(), LONG))
    assert "\x1b" not in "\n".join(shown(monkeypatch, io.StringIO(), LONG))
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in "\n".join(shown(monkeypatch, Terminal(), LONG))


@pytest.mark.parametrize(
    ("findings", "last"),
    [
        ((fine("x"),), "All is well."),
        ((warning("x", "y"), fine("x")), "1 to look at."),
        (
            (problem("x", "y"), warning("x", "y"), Finding("not checked", "z")),
            "1 to mend, 1 to look at, 1 not checked.",
        ),
    ],
)
def test_the_last_line_says_what_it_comes_to(
    findings: tuple[Finding, ...], last: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert shown(monkeypatch, io.StringIO(), *findings)[-1] == last
