"""Time zones, and moments in local time."""

from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


def valid_zone(name: str) -> bool:
    """Tell whether `name` is a time zone."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def local_time(moment_ms: int, zone: str) -> datetime:
    """Return a moment in epoch milliseconds, to the second, as the clocks of a time zone show it."""
    return datetime.fromtimestamp(moment_ms // 1000, ZoneInfo(zone)).replace(tzinfo=None)


def epoch_ms(moment: datetime, zone: str) -> int:
    """Return the epoch milliseconds of what the clocks of a time zone show."""
    return round(moment.replace(tzinfo=ZoneInfo(zone)).timestamp() * 1000)
