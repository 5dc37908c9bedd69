"""Which settings are set, where, and all that is wrong with them at once: what the doctor tells of.

A server stops at the first thing that is wrong, as `server.settings_sources` finds it. What is found here is no more
than that, only all of it: where that module takes the settings, nothing is wrong here.
"""

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from server.doctor.given import Given, given_as, in_order, names_of
from server.setting_names import check_meant, check_names
from server.settings import GROUPS, Settings, SettingsError
from server.settings_sources import NAMES, bindings_of, line_of, load_settings, wrong_values
from tools.text import clean

_ALIKE = 0.8
_MAX_NAME = 60


@dataclass(slots=True)
class Found:
    """What was found.

    Attributes:
        settings: The settings; None where a server would not start with them.
        given: What is set and counts, in the order of the documentation.
        wrong: What stops the start, each as one line.
        doubtful: What does not, but was hardly meant.
        notes: What is worth a word.
    """

    settings: Settings | None = None
    given: Sequence[Given] = ()
    wrong: list[str] = field(default_factory=list[str])
    doubtful: list[str] = field(default_factory=list[str])
    notes: list[str] = field(default_factory=list[str])


@dataclass(frozen=True, slots=True)
class _Value:
    value: Any = field(repr=False)
    where: str


def find_settings(env_file: Path | None, flags: Mapping[str, Any]) -> Found:
    """Return the settings, and all that is wrong with them.

    Args:
        env_file: The file of settings that is named.
        flags: Settings from the command line, by their environment names.
    """
    found = Found()
    sources = [
        *([_in_file(env_file, found)] if env_file else []),
        {name: _Value(value, "environment") for name, value in os.environ.items()},
    ]
    counting: dict[str, _Value] = {}
    for source in sources:
        _look_at_names(source, found)
        counting |= _above(counting, {name: one for name, one in source.items() if one.value}, found)
    counting |= _above(counting, {name: _Value(value, "command line") for name, value in flags.items()}, found)
    values = _look_at_values({name: one.value for name, one in counting.items() if name in NAMES}, found)
    _look_at_others(counting, values, found)
    _compare(found, env_file, flags)
    told = " ".join(found.wrong)
    found.given = [given_as(name, counting[name].where, values, told) for name in in_order(counting)]
    return found


def _in_file(path: Path, found: Found) -> dict[str, _Value]:
    """Return what stands in a file; what is no setting there is noted with its line, and not repeated."""
    try:
        lines = bindings_of(path)
    except SettingsError as error:
        found.wrong.append(str(error).replace(str(path), clean(path)))
        return {}
    values: dict[str, _Value] = {}
    for line in lines:
        where = f"{clean(path)}:{line_of(line)}"
        if line.error or (line.key and line.value is None):
            found.wrong.append(f"--env-file: {clean(path)}, line {line_of(line)}: expected NAME=value")
        elif line.key:
            if line.key in values and line.key in NAMES:
                found.doubtful.append(f"{line.key} stands in {clean(path)} twice; {where} counts")
            values[line.key] = _Value(line.value or "", where)
    return values


def _look_at_names(source: Mapping[str, _Value], found: Found) -> None:
    for name, one in source.items():
        try:
            check_names({name: one.value}, NAMES)
        except ValueError as error:
            found.wrong.append(_placed(error, name, one.where))


def _placed(error: ValueError, name: str, where: str) -> str:
    """Return what is wrong with a name, with where it stands."""
    return clean(str(error).replace(name, f"{name} ({where})", 1), 400)


def _above(below: Mapping[str, _Value], given: Mapping[str, _Value], found: Found) -> Mapping[str, _Value]:
    """Return what is given, and note where it takes the place of something else."""
    for name in given.keys() & below.keys() & NAMES:
        if given[name].value != below[name].value:
            found.notes.append(f"{name} also stands in {below[name].where}, where it does not count")
    return given


def _look_at_values(known: Mapping[str, Any], found: Found) -> dict[str, Any]:
    """Return the values that are what they should be, by their fields; what is wrong with the others is noted."""
    values: dict[str, Any] = {}
    wrong: set[str] = set()
    for group in GROUPS:
        mine = {name: known[name] for name in names_of(group) if name in known}
        try:
            made = group.model_validate(mine)
        except ValidationError as error:
            wrong |= {str(finding["loc"][0]) for finding in error.errors(include_input=False)}
            found.wrong += wrong_values(error)
            made = group.model_validate({name: value for name, value in mine.items() if name not in wrong})
        values |= {name: getattr(made, name) for name in made.model_fields_set}
    for condition in Settings.model_construct(**values).conditions():
        try:
            condition()
        except ValueError as error:
            if not _is_told(str(error), found.wrong) and not any(name in str(error) for name in wrong):
                found.wrong.append(str(error))
    return values


def _is_told(line: str, told: Sequence[str]) -> bool:
    """Tell whether a line only repeats what follows from another: that what is set to nothing is missing."""
    first = re.search(r"WAYLAY_\w+", line)
    return first is not None and any(re.search(rf"\b{first[0]}\b", other) for other in told)


def _look_at_others(counting: Mapping[str, _Value], values: Mapping[str, Any], found: Found) -> None:
    """Note names that look like settings and are none."""
    for name, one in counting.items():
        if name in NAMES or not name.upper().startswith("WAYLAY_") or name.upper().startswith("WAYLAY_MCP_"):
            continue
        shown, nearest = clean(name, _MAX_NAME), get_close_matches(name.upper(), NAMES, n=1, cutoff=_ALIKE)
        try:
            if not values.keys() & {"api_key", "token", "profile"}:
                check_meant([name])
        except ValueError as error:
            found.wrong.append(_placed(error, name, one.where))
            continue
        if nearest:
            found.doubtful.append(f"{shown} ({one.where}) is no setting and is ignored; did you mean {nearest[0]}?")
        else:
            found.notes.append(f"{shown} ({one.where}) is no setting of this server, and is ignored")


def _compare(found: Found, env_file: Path | None, flags: Mapping[str, Any]) -> None:
    """Ask what a server would make of it: that is what counts."""
    try:
        found.settings = load_settings(env_file, flags)
        found.wrong = []
    except SettingsError as error:
        found.wrong = list(dict.fromkeys(found.wrong)) or [str(error)]
