"""Settings: what is set and where, and all that keeps a server from starting with them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from server.doctor.check import Finding, fine, problem, warning
from server.doctor.cure_of_settings import cure_of
from server.doctor.examined import Examined
from server.doctor.given import Given
from server.doctor.settings_found import Found, find_settings

_CORRECT = "Correct or remove it."
_MOST = 12
"""Findings that are told at once."""


async def look_at_settings(examined: Examined) -> Finding:
    """Find the settings."""
    found = find_settings(examined.env_file, examined.flags)
    examined.chosen = found.settings
    examined.where = {given.name: given.where for given in found.given}
    details = {
        "set": [{"name": one.name, "value": one.shown, "from": one.where} for one in found.given],
        "wrong": found.wrong,
        "doubtful": found.doubtful,
        "notes": found.notes,
    }
    lines = (*_table(found.given), *found.notes)
    if found.settings is None:
        return _wrong(found, details)
    if found.doubtful:
        return warning(_sentence(found.doubtful[0]), _CORRECT, *found.doubtful[1:], *lines, **details)
    if not found.given:
        return fine("None is set, so the defaults hold.", *found.notes, **details)
    return fine(f"{_count(len(found.given), 'setting')}, and nothing is wrong with {_them(found)}.", *lines, **details)


def _wrong(found: Found, details: Mapping[str, Any]) -> Finding:
    says = f"The server does not start: {_sentence(found.wrong[0])}"
    if len(found.wrong) > 1:
        says = f"The server does not start, for {len(found.wrong)} reasons: {_sentence(found.wrong[0])}"
    more = found.wrong[1:_MOST]
    left_out = [f"and {len(found.wrong) - _MOST} more"] if len(found.wrong) > _MOST else []
    lines = [*more, *left_out, *found.doubtful, *_table(found.given), *found.notes]
    return problem(says, cure_of(found.wrong[:_MOST], {one.name: one.where for one in found.given}), *lines, **details)


def _table(given: Sequence[Given]) -> Iterator[str]:
    """Yield a line for each setting, with the columns in line."""
    widths = [max((len(getattr(one, column)) for one in given), default=0) for column in ("name", "shown")]
    for one in given:
        yield f"{one.name:{widths[0]}}  {one.shown:{widths[1]}}  {one.where}"


def _sentence(text: str) -> str:
    return text if text.endswith((".", "?")) else f"{text}."


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _them(found: Found) -> str:
    return "it" if len(found.given) == 1 else "them"
