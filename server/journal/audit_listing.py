"""The audit as people read it in a terminal."""

import json
import re
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from server.journal.wording import line_of
from server.settings import Settings, SettingsError
from server.state import lasting_store
from server.store.unavailable import StoreUnavailable
from tools.text import clean

_SPAN = re.compile(r"(\d{1,5})([mhd])")
_SECONDS = {"m": 60, "h": 3600, "d": 86_400}
_AT_ONCE = 500
_MAX = 40


def records(settings: Settings, since: str, *, as_json: bool, clock: Callable[[], float] = time.time) -> Iterator[str]:
    """Yield the audit since a time, one record on a line.

    Args:
        settings: Where the store is.
        since: How far back, as `30m`, `24h` or `7d`, or an ISO 8601 time; UTC when it names no zone.
        as_json: Whether to yield whole records.
        clock: Returns epoch seconds.

    Raises:
        SettingsError: the time cannot be read, or the store cannot be used.
    """
    begin = _time(since, clock())
    store = lasting_store(settings, clock)
    count = 0
    try:
        for count, record in enumerate(_all(store.audit.since, begin), 1):  # noqa: B007
            yield json.dumps(record) if as_json else line_of(record)
    except StoreUnavailable as error:
        raise SettingsError(f"the store cannot be used: {error}; see {error.setting}") from None
    finally:
        store.close()
    if not count and not as_json:
        yield f"No records since {datetime.fromtimestamp(begin, UTC):%Y-%m-%d %H:%M}Z."


def _all(page: Callable[..., Any], begin: float) -> Iterator[Mapping[str, Any]]:
    last = 0
    while rows := page(begin, _AT_ONCE, last):
        yield from (record for _, record in rows)
        last = rows[-1][0]


def _time(since: str, now: float) -> float:
    span = _SPAN.fullmatch(since)
    if span:
        return now - int(span[1]) * _SECONDS[span[2]]
    try:
        given = datetime.fromisoformat(since)
    except ValueError:
        shown = clean(since, _MAX)
        raise SettingsError(f"--since: expected 30m, 24h, 7d or a time such as 2026-11-24, not {shown}") from None
    return (given if given.tzinfo else given.replace(tzinfo=UTC)).timestamp()
