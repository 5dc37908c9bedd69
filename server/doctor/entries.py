"""What a client gives this server when it starts it: whether the server can start with that."""

import os
import re
from collections.abc import Collection, Iterator
from pathlib import Path, PurePath

from pydantic import SecretStr

from server.installing.found import Entry
from server.setting_names import check_meant, check_names
from server.settings_checks import check_sign_in
from server.settings_sources import NAMES

CREDENTIALS = frozenset({"WAYLAY_API_KEY", "WAYLAY_TOKEN", "WAYLAY_PROFILE"})

_FILES = ("--env-file", "--policy", "--auth-tokens")
"""Flags that name a file which has to be there."""

_ELSEWHERE = frozenset({"docker", "podman", "nerdctl", "wsl", "ssh"})
"""What starts a server where there are other files than here."""

_NAME = re.compile(r"[A-Za-z0-9_.-]{1,60}")
_HIDDEN = "…"


def shown_variables(entry: Entry) -> list[str]:
    """Return the names of an entry's variables; what no variable can be called may be a value in the wrong place."""
    return [name if _NAME.fullmatch(name) else _HIDDEN for name in entry.variables]


def has_account(entry: Entry) -> bool:
    """Tell whether an entry gives credentials."""
    return bool(CREDENTIALS & _given(entry))


def wrong_variables(entry: Entry) -> Iterator[str]:
    """Yield what keeps the server from starting with the variables of an entry, each as one line."""
    wrong = [said for name in filter(_NAME.fullmatch, entry.variables) if (said := _of_variable(name, entry))]
    yield from wrong
    if wrong or entry.reads_a_file or any(part.startswith("--env-file") for part in entry.command):
        return
    alone, inherited = _given(entry), {name for name, value in os.environ.items() if value}
    said = _of_sign_in(alone)
    # Some clients pass on what they were started with themselves.
    if said and _of_sign_in(alone | inherited):
        yield said


def missing_files(entry: Entry) -> Iterator[str]:
    """Yield the flags that name a file which is not there."""
    yield from (flag for flag, file in _named_files(entry) if file.is_absolute() and not _is_there(file))


def doubtful_files(entry: Entry) -> Iterator[str]:
    """Yield the flags that name a file which is not in this folder, and depends on that of the client."""
    yield from (flag for flag, file in _named_files(entry) if not file.is_absolute() and not _is_there(file))


def _given(entry: Entry) -> set[str]:
    """Return the names of what is set, by variables or by arguments."""
    in_arguments = {name for part in entry.command for name in re.findall(r"\bWAYLAY_\w+", part)}
    by_flag = {"WAYLAY_PROFILE"} if any(part.partition("=")[0] == "--profile" for part in entry.command) else set[str]()
    return {*entry.variables} - {*entry.empty} | in_arguments | by_flag


def _of_variable(name: str, entry: Entry) -> str | None:
    try:
        check_names({name: "" if name in entry.empty else "set"}, NAMES)
        check_meant([] if has_account(entry) or name in NAMES else [name])
    except ValueError as error:
        return str(error)
    return None


def _of_sign_in(names: Collection[str]) -> str | None:
    def secret(name: str) -> SecretStr | None:
        return SecretStr("set") if name in names else None

    url, profile = ("set" if name in names else None for name in ("WAYLAY_GATEWAY_URL", "WAYLAY_PROFILE"))
    try:
        check_sign_in(url, secret("WAYLAY_API_KEY"), secret("WAYLAY_API_SECRET"), secret("WAYLAY_TOKEN"), profile)
    except ValueError as error:
        return str(error)
    return None


def _named_files(entry: Entry) -> Iterator[tuple[str, Path]]:
    if not entry.command or PurePath(entry.command[0]).name.removesuffix(".exe") in _ELSEWHERE:
        return
    following = [*entry.command[1:], ""]
    for part, after in zip(entry.command, following, strict=True):
        flag, given, value = part.partition("=")
        file = value if given else after
        # What a client fills in is not known here.
        if flag in _FILES and not re.search(r"[${%]", file):
            yield flag, Path(file)


def _is_there(file: Path) -> bool:
    return os.path.isfile(file)  # noqa: PTH113 - this one never raises
