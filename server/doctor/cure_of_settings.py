"""What to do about settings that keep a server from starting: for each thing that is wrong, and where that stands."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import SecretStr

from server.settings import Settings

_OF_THE_FILE = (
    (
        r"--env-file: there is no file",
        "Name the file of settings behind --env-file with its whole path, or leave both out.",
    ),
    (r"--env-file: (.+), line (\d+): expected NAME", r"In \1, write line \2 as NAME=value, or put # before it."),
    (
        r"--env-file: (.+) cannot be read",
        r"Give this account the right to read \1 and to enter its folders; what is no text in UTF-8, save as that.",
    ),
)
_NO_SETTING = re.compile(r" is no setting(?:; did you mean (.+?)\?)?")
_MISSING = re.compile(r"(WAYLAY_\w+(?: or WAYLAY_\w+)?) is missing: ")
_PLACED = re.compile(r"(\S+) \((.+?)\) is (?:no setting|set to nothing)")
_ADVICE = re.compile(r"[:;] ((?:give|install|keep|name|set|unset|use) .*)$")
"""What to do, where the line says it itself."""
_MAKER = re.compile(r"; (`.+`) makes one")
_EXPECTED = re.compile(r": expected ([^;]+?)(?:, unable .*)?(?:;|$)")

_OTHER_HALF = {"WAYLAY_API_KEY": "WAYLAY_API_SECRET", "WAYLAY_API_SECRET": "WAYLAY_API_KEY"}
_POLICY = "a policy file and "


def cure_of(wrong: Sequence[str], places: Mapping[str, str]) -> str:
    """Return what to change and where, a sentence for each thing that is wrong.

    Args:
        wrong: What is wrong, each as one line.
        places: Where the settings stand that are set, by their names.
    """
    steps = dict.fromkeys(_step(line, places) for line in wrong)
    return " ".join([*steps, "Then run the doctor again: the other checks need the settings."])


def _step(line: str, places: Mapping[str, str]) -> str:
    for pattern, cure in _OF_THE_FILE:
        if found := re.match(pattern, line):
            return found.expand(cure)
    named = {name: places[name] for name in _names(line) if name in places}
    if placed := _PLACED.match(line):
        named = {placed[1]: placed[2]}
    stands = ", and ".join(f"{name} stands {_at(place)}" for name, place in named.items())
    advice = _advice(line, [*named]).rstrip(".")
    return f"{stands}: {advice}." if stands else f"{advice[:1].upper()}{advice[1:]}."


def _names(line: str) -> Iterator[str]:
    """Yield the settings that a line is about."""
    if line.startswith(_POLICY):
        yield "WAYLAY_MCP_POLICY"
    if missing := _MISSING.match(line):
        yield _OTHER_HALF.get(missing[1], "")
    yield from re.findall(r"WAYLAY_\w+", line)


def _advice(line: str, named: Sequence[str]) -> str:
    """Return what to do, behind where the setting stands."""
    if misspelt := _NO_SETTING.search(line):
        written = f"write {misspelt[1]} in its place" if misspelt[1] else "remove it, no setting is called so"
        return f"{written}, or unset it to use the sandbox" if "Unset it to use" in line else written
    if missing := _MISSING.match(line):
        return f"set {missing[1]} beside it, or unset it"
    if own := _ADVICE.search(line):
        return own[1]
    if maker := _MAKER.search(line):
        return f"put there what {maker[1]} prints"
    expected, default = _EXPECTED.search(line), _default(named[0]) if named else None
    change = f"change it (expected: {expected[1]})" if expected else "change it"
    return change + (f", or unset it (its default is {default})" if default else "")


def _default(name: str) -> str | None:
    """Return what holds where a setting is not set; None where that is nothing, or not to be shown."""
    default: Any = next(field.get_default() for field in Settings.model_fields.values() if field.alias == name)
    if default in (None, "", ()) or isinstance(default, SecretStr):
        return None
    return str(default).lower() if isinstance(default, bool) else str(default)


def _at(place: str) -> str:
    """Return a place as the end of a sentence."""
    in_file = re.fullmatch(r"(.+):(\d+)", place)
    if in_file:
        return f"in {in_file[1]}, line {in_file[2]}"
    return f"{'on' if place == 'command line' else 'in'} the {place}"
