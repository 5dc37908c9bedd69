"""Lines of the log: one for each record, with nothing in it that a stranger could speak through."""

import logging
import sys
from types import TracebackType

from server.log_line import LogLine
from tests.hostile.texts import unsafe

Raised = tuple[type[BaseException], BaseException, TracebackType | None]


def raised(words: str) -> Raised:
    try:
        fail(words)
    except ValueError as error:
        return ValueError, error, sys.exc_info()[2]
    raise AssertionError


def fail(words: str) -> None:
    try:
        {}[words]
    except KeyError as error:
        raise ValueError(words) from error


def line(name: str, message: str, error: Raised | None = None) -> str:
    record = logging.LogRecord(name, logging.WARNING, "x.py", 1, message, (), error)
    return LogLine().format(record)


def test_a_header_cannot_colour_a_terminal_or_begin_a_line() -> None:
    said = line("mcp.server.transport_security", "Invalid Host header: a\x9b31m\x1b[2J\nERROR b: \u202ec")
    assert said == "WARNING mcp.server.transport_security: Invalid Host header: a31m[2J ERROR b: c"


def test_a_server_over_http_stamps_its_lines_with_time_and_process() -> None:
    record = logging.LogRecord(
        "waylay_tasks_mcp.store", logging.WARNING, "x.py", 1, "The store is away.\nAgain", (), None
    )
    record.created, record.process = 1_795_000_000.25, 4711
    said = LogLine(stamped=True).format(record)
    assert said == "2026-11-18T11:06:40.250Z [4711] WARNING waylay_tasks_mcp.store: The store is away. Again"


def test_what_a_library_failed_over_is_told_without_its_words_and_without_a_trace() -> None:
    said = line("mcp.server.streamable_http", "Error handling POST request", raised("secret"))
    assert said.startswith(
        "WARNING mcp.server.streamable_http: Error handling POST request (ValueError at test_log_line"
    )
    assert ("\n" in said, "secret" in said) == (False, False)


def test_a_defect_of_ours_is_told_with_the_way_to_it_and_without_its_words() -> None:
    said = line("waylay_tasks_mcp.dispatch", "stop_task failed", raised("\x1b[31m\nsecret"))
    assert "  KeyError at test_log_line.py" in said
    assert "{}[words]" in said
    assert (unsafe(said), "secret" in said) == ([], False)
