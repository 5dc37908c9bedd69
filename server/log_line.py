"""A line of the log: foreign text in it cannot begin a line of its own, colour a terminal, or bring a secret along."""

import logging
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from tools.text import clean

_OURS = "waylay_tasks_mcp"
_MAX_MESSAGE = 2_000
_MAX_CAUSES = 5


class LogLine(logging.Formatter):
    """Writes a record on one line.

    An exception is told by its type and its place, without its words: those may hold what a stranger wrote, or a
    secret. Where it is a defect of ours, lines below say how it came about, in our own code.

    Args:
        stamped: Whether it begins with its time, in UTC, and the process. Hosts that start a server on stdio add their
            own time to what it says, and have one process.
    """

    def __init__(self, *, stamped: bool = False) -> None:
        super().__init__()
        self._stamped = stamped

    def format(self, record: logging.LogRecord) -> str:
        """Return the record."""
        error = record.exc_info[1] if record.exc_info else None
        stamp = f"{_time(record.created)} [{record.process}] " if self._stamped else ""
        line = f"{stamp}{record.levelname} {record.name}: {clean(record.getMessage(), _MAX_MESSAGE)}"
        if error is None:
            return line
        lines = [f"{line} ({_told(error)})"]
        if record.name.startswith(_OURS):
            lines += [part.rstrip("\n") for cause in _causes(error) for part in _stack(cause)]
        return "\n".join(lines)


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _causes(error: BaseException) -> Iterator[BaseException]:
    cause: BaseException | None = error
    for _ in range(_MAX_CAUSES):
        if cause is not None:
            yield cause
            cause = cause.__cause__ or cause.__context__


def _stack(error: BaseException) -> list[str]:
    return [f"  {_told(error)}\n", *traceback.format_tb(error.__traceback__)]


def _told(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    where = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{where}"
