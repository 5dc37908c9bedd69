"""What a person typed, and what was said: a block of language `console`."""

from collections.abc import Iterator
from dataclasses import dataclass, field

PROMPT = "$ "


@dataclass
class Step:
    """A command, and what the page shows of its output; None where it shows nothing of it on purpose."""

    command: str
    shown: list[str] = field(default_factory=list[str])


def steps(text: str) -> list[Step]:
    """Return the steps of a transcript: a command begins with `$ ` and goes on below a line that ends with a backslash.

    Raises:
        ValueError: something is said before the first command.
    """
    return list(_steps(text))


def _steps(text: str) -> Iterator[Step]:
    step, goes_on = None, False
    for line in text.splitlines():
        if goes_on and step:
            step.command += f"\n{line}"
        elif line.startswith(PROMPT):
            if step:
                yield step
            step = Step(line.removeprefix(PROMPT))
        elif step is None:
            raise ValueError(f"{line!r} stands before the first command")
        else:
            step.shown.append(line)
        goes_on = (goes_on or line.startswith(PROMPT)) and line.endswith("\\")
    if step:
        yield step
