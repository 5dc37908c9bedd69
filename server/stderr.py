"""What goes to stderr: lines for whoever started this, and the log. stdout may belong to the protocol."""

import logging
import sys

from server.log_line import LogLine
from server.printed import show_beside
from server.settings import Settings

_WARN_WITH_WORDS_OF_CALLERS = ("opentelemetry.trace.span", "opentelemetry.trace.propagation", "opentelemetry.baggage")
"""They read what requests say of their trace, and repeat what they do not understand, once for each part of it."""


def say(line: str) -> None:
    """Tell the person who started this, if they can be."""
    show_beside(f"{line}\n")


def log_to_stderr(settings: Settings, *, stamped: bool = False) -> None:
    """Log this project's own lines at the level that is set; libraries only warn, so that no request is written out.

    Args:
        settings: Which level that is.
        stamped: Whether a line begins with its time and process.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(LogLine(stamped=stamped))
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    for name in _WARN_WITH_WORDS_OF_CALLERS:
        logging.getLogger(name).setLevel(logging.ERROR)
    logging.getLogger("waylay_tasks_mcp").setLevel(settings.log_level.upper())
