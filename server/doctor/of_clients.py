"""The clients on this machine: which of them start this server, and whether what they start is there."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from server.doctor.check import Finding, fine, problem, warning
from server.doctor.entries import doubtful_files, has_account, missing_files, shown_variables, wrong_variables
from server.doctor.examined import Examined
from server.doctor.in_time import in_time
from server.doctor.programs import lacks_its_interpreter, program_of, shown_command, version_of
from server.installing.found import Configured, Entry, configured_clients
from server.version import NAME, VERSION
from tools.text import clean

SECONDS = 8
"""How long it may take, on a file system that is slow."""

_ANEW = f"Put it in anew: {NAME} install --client"
_INSTALL = f"Put it into one with: {NAME} install"
_STATES = {
    "missing": "and there is no such program",
    "without interpreter": "which does not start: the Python that it was installed with is gone",
}


@dataclass(frozen=True, slots=True)
class _Program:
    """What there is to say of a program.

    Attributes:
        state: Whether it can be started.
        version: Which version of this server it is, where it is another installation of it.
    """

    state: Literal["well", "missing", "without interpreter"]
    version: str | None = None


Programs = Mapping[str, _Program]
"""Programs by the commands that start them."""


async def look_at_clients(examined: Examined) -> Finding:
    """Find out which clients there are, and look at what they start; nothing of it is started."""
    try:
        found = await in_time(configured_clients, SECONDS / 2)
    except RuntimeError:
        # What Python says where there is no home folder, as in containers.
        return fine("There is no home folder here, so there are no clients, either.")
    details = {"clients": [_details(one) for one in found]}
    ours = [(one, entry) for one in found for entry in one.entries]
    programs = await in_time(lambda: _looked_at(entry for _, entry in ours), SECONDS / 2)
    lines = [_line(one, entry) for one, entry in ours] + [
        _unreadable(one) for one in found if one.state == "unreadable"
    ]
    wrong = [said for one, entry in ours for said in _wrong(one, entry, programs)]
    if wrong:
        (says, cure), others = wrong[0], [said for said, _ in wrong[1:]]
        return problem(says if says.endswith("?") else f"{says}.", cure, *others, *lines, **details)
    return _doubt(found, ours, programs, lines, details) or _well(found, ours, lines, details)


def _doubt(
    found: Sequence[Configured],
    ours: Sequence[tuple[Configured, Entry]],
    programs: Programs,
    lines: Sequence[str],
    details: Mapping[str, Any],
) -> Finding | None:
    others = [said for one, entry in ours for said in _doubtful(one, entry, programs)]
    if others:
        return warning(f"{others[0]}.", "Correct it in that file.", *others[1:], *lines, **details)
    unreadable = [one for one in found if one.state == "unreadable"]
    if unreadable:
        says = f"The file of {unreadable[0].title} cannot be read, so it is not known what it starts."
        cure = (
            f"Correct {clean(unreadable[0].file, 200)}, or give this account the right to read it. Then "
            f"{NAME} install --client {unreadable[0].client} can put this server in."
        )
        return warning(says, cure, *lines, **details)
    return None


def _well(
    found: Sequence[Configured],
    ours: Sequence[tuple[Configured, Entry]],
    lines: Sequence[str],
    details: Mapping[str, Any],
) -> Finding:
    if ours:
        titles = ", ".join(dict.fromkeys(one.title for one, _ in ours))
        return fine(f"This server is in {titles}.", *lines, **details)
    if found:
        titles = ", ".join(dict.fromkeys(one.title for one in found))
        return fine(f"This server is in none of the clients here ({titles}). {_INSTALL}", **details)
    return fine("No client that this server knows of is on this machine.", **details)


def _details(one: Configured) -> dict[str, Any]:
    return {
        "client": one.client,
        "scope": one.scope,
        "file": str(one.file),
        "state": one.state,
        "entries": [{"name": entry.name, "variables": shown_variables(entry)} for entry in one.entries],
    }


def _line(one: Configured, entry: Entry) -> str:
    given = ", ".join(shown_variables(entry)) or "no variables"
    account = " (an account)" if has_account(entry) else ""
    return f"{one.title} ({one.scope}): {clean(entry.name, 40)}, with {given}{account}; {clean(one.file, 200)}"


def _unreadable(one: Configured) -> str:
    return f"{one.title} ({one.scope}): {clean(one.file, 200)} cannot be read: {clean(one.why, 200)}"


def _wrong(one: Configured, entry: Entry, programs: Programs) -> Iterator[tuple[str, str]]:
    """Yield why what a client starts cannot work, each with its cure."""
    anew, correct = f"{_ANEW} {one.client}", f"Correct it in {clean(one.file, 200)}"
    program = programs.get(entry.command[0]) if entry.command else None
    if program is not None and program.state != "well":
        yield f"{one.title} starts {shown_command(entry.command[0])}, {_STATES[program.state]}", anew
    for said in wrong_variables(entry):
        told = clean(said.partition(" Unset")[0], 150)
        yield f"{one.title} gives it a variable that stops it: {told}", correct
    for flag in missing_files(entry):
        yield f"{one.title} names a file in {flag} that is not there, so it does not start", correct


def _doubtful(one: Configured, entry: Entry, programs: Programs) -> Iterator[str]:
    version = programs[entry.command[0]].version if entry.command else None
    if version and version != VERSION:
        yield f"{one.title} starts version {version}, and this is {VERSION}"
    for flag in doubtful_files(entry):
        yield f"{one.title} names a file in {flag} that is not in this folder: give its whole path"


def _looked_at(entries: Iterator[Entry]) -> Programs:
    """Return what there is to say of each command that a client starts."""
    return {entry.command[0]: _program(entry.command[0]) for entry in entries if entry.command}


def _program(command: str) -> _Program:
    program = program_of(command)
    if program is None:
        return _Program("missing")
    return _Program("without interpreter" if lacks_its_interpreter(program) else "well", version_of(program))
