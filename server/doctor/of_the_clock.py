"""The clock of this machine against the gateway's."""

from server.doctor.check import Finding, fine, problem, warning
from server.doctor.examined import Examined, known
from server.upstream.credentials import KeySecret
from server.upstream.waiting import http_date

_TOLERATED = 60
"""Seconds that clocks may differ: beyond that, tokens are taken for expired, or for not valid yet."""

_WITHIN_A_SECOND = 0.5
"""A date in a header has whole seconds, cut off: https://www.rfc-editor.org/rfc/rfc9110#section-5.6.7."""

_CURE = "Have this machine set its clock by the network (NTP)."


async def look_at_clock(examined: Examined) -> Finding:
    """Compare the clocks by the date in the gateway's answer."""
    asked = known(examined.asked)
    date = None if asked.headers.get("age") else http_date(asked.headers.get("date", ""))
    if date is None:
        return fine("The gateway does not say what time it is, so the clocks cannot be compared.")
    ahead = round(asked.at - date.timestamp() - _WITHIN_A_SECOND)
    if abs(ahead) <= 1:
        return fine("This machine and the gateway agree about the time.", seconds_ahead=ahead)
    says = f"The clock of this machine is {abs(ahead):,} seconds {'ahead of' if ahead > 0 else 'behind'} the gateway's"
    if abs(ahead) <= _TOLERATED:
        return fine(f"{says}, which does no harm.", seconds_ahead=ahead)
    if isinstance(known(examined.gateway).credentials, KeySecret):
        return warning(f"{says}: times in questions and records are wrong by that.", _CURE, seconds_ahead=ahead)
    return problem(f"{says}: tokens expire too early or too late here.", _CURE, seconds_ahead=ahead)
