"""A check of the doctor's, and what it finds."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from server.doctor.examined import Examined

Status = Literal["ok", "warning", "problem", "not checked"]


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check finds. Its texts may be shown as they are: whatever is foreign in them is cleaned already.

    Attributes:
        status: Whether something has to be mended.
        says: What was found, as a sentence or two.
        cure: What to do about it; None where there is nothing to do.
        lines: More that people are shown below.
        details: The same for programs.
    """

    status: Status
    says: str
    cure: str | None = None
    lines: tuple[str, ...] = ()
    details: Mapping[str, Any] = field(default_factory=dict[str, Any])

    @property
    def holds_up(self) -> bool:
        """Whether what comes after it cannot be looked at."""
        return self.status in ("problem", "not checked")


def fine(says: str, *lines: str, **details: Any) -> Finding:
    """Return that all is well."""
    return Finding("ok", says, lines=lines, details=details)


def warning(says: str, cure: str, *lines: str, **details: Any) -> Finding:
    """Return that it works, but perhaps not as it was meant."""
    return Finding("warning", says, cure, lines, details)


def problem(says: str, cure: str, *lines: str, **details: Any) -> Finding:
    """Return that something does not work."""
    return Finding("problem", says, cure, lines, details)


def not_checked(because: str) -> Finding:
    """Return that it was not looked at, because of the check of that name."""
    return Finding("not checked", f"because of: {because}", details={"because": because})


def always(examined: Examined) -> bool:
    """Tell that a check is about every installation."""
    return True


def of_a_gateway(examined: Examined) -> bool:
    """Tell whether there is a gateway to look at: the sandbox is part of the process and has no network before it."""
    return not examined.settings.uses_sandbox


@dataclass(frozen=True, slots=True)
class Check:
    """A check, as a value.

    Attributes:
        name: What it is called.
        run: Looks.
        needs: The checks before it whose success it takes for granted.
        applies: Whether it is about this installation; it is left out otherwise.
        is_usual: Whether it is named where that is not known, because there are no usable settings.
        seconds: How long it may take.
    """

    name: str
    run: Callable[[Examined], Awaitable[Finding]]
    needs: tuple[str, ...] = ()
    applies: Callable[[Examined], bool] = always
    is_usual: bool = True
    seconds: float = 3

    def concerns(self, examined: Examined) -> bool:
        """Tell whether it is about this installation, as far as that is known."""
        return self.is_usual if examined.chosen is None else self.applies(examined)
