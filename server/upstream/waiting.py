"""For how long the service asks to be left alone."""

import math
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx

_MAX_DIGITS = 9
"""Digits that are read: thirty years are as good as more."""

LATER = "Try again in a moment."


def asked_wait(response: httpx.Response) -> float | None:
    """Return the seconds that `Retry-After` asks to wait; None where it asks for nothing that can be understood."""
    asked = response.headers.get("retry-after", "").strip()
    if asked.isascii() and asked.isdigit():
        return float(asked[:_MAX_DIGITS])
    at = http_date(asked)
    if at is None:
        return None
    # By the service's own clock where it tells the time: ours may be another.
    now = http_date(response.headers.get("date", "")) or datetime.now(UTC)
    return max(0, (at - now).total_seconds())


def when(seconds: float | None) -> str:
    """Return when to try again, in a sentence."""
    if not seconds:
        return LATER
    whole = math.ceil(seconds)
    return f"Try again in {whole} second{'s' if whole > 1 else ''}."


def http_date(text: str) -> datetime | None:
    """Return the time in a header, with its zone; None where it cannot be read."""
    try:
        date = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)
