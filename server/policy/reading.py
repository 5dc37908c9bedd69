"""Read a policy file, or say in one line what to mend in it."""

import re
import tomllib
from pathlib import Path
from typing import Any, NoReturn

from server.policy.file_policy import FilePolicy
from server.policy.lines import Lines, Unreadable, incomplete
from server.policy.reading_rules import read_rules
from server.policy.wrong import Wrong
from server.settings import SettingsError
from tools.text import clean

_POSITION = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")


def read_policy(path: Path) -> FilePolicy:
    """Return the policy in a TOML file.

    Raises:
        SettingsError: naming the file, the line and what to mend there.
    """
    text = _text(path)
    try:
        document, lines = _parsed(text, path), Lines(text)
    except Unreadable as error:
        _stop(path, error.line, "this number is too large, or nested too deeply")
    try:
        return FilePolicy(clean(path.name), read_rules(document, lines))
    except Wrong as error:
        _stop(path, lines.of(error.where), error.message)


def _text(path: Path) -> str:
    """Return what is in the file; a mark of the byte order before it is not.

    Raises:
        SettingsError: it cannot be read, or is not UTF-8.
    """
    try:
        content = path.read_bytes()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else None
        raise SettingsError(f"the policy file {path} cannot be read: {reason or 'this is no path'}") from None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        _stop(path, content[: error.start].count(b"\n") + 1, "this is not text in UTF-8")


def _parsed(text: str, path: Path) -> dict[str, Any]:
    """Return the document.

    Raises:
        SettingsError: it is no TOML.
        Unreadable: the parser gives up.
    """
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = _POSITION.search(str(error))
        line = int(found[1]) if found and found[1] else incomplete(text)
        _stop(path, line, f"this is not TOML: {clean(_POSITION.sub('', str(error)))}")
    except (ValueError, RecursionError):
        raise Unreadable(incomplete(text)) from None


def _stop(path: Path, line: int, message: str) -> NoReturn:
    raise SettingsError(f"{path}, line {line}: {message}")
