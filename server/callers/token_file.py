"""The file of tokens that callers may bring: TOML, a line for each, with the token's digest and not the token."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, RootModel, ValidationError

from server.callers.scopes import Scope
from server.settings import SettingsError
from tools.text import quoted

NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
"""A name that TOML takes without quotes."""

_SETTING = "WAYLAY_MCP_AUTH_TOKENS"


def _moment(value: object) -> object:
    """Return when a token ends: with a day at its start, and in UTC where no zone is named.

    Raises:
        ValueError: it is no date.
    """
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    if isinstance(value, date):
        return datetime.combine(value, time.min, UTC)
    raise ValueError("expected a date such as 2027-01-01, without quotes")


_EXPECTED = {
    "model_type": "expected { sha256 = …, scopes = … }, as waylay-tasks-mcp token new prints it",
    "missing": "it is missing; waylay-tasks-mcp token new prints a whole line",
    "extra_forbidden": "there is no such key; the keys are sha256, scopes and expires",
    "string_pattern_mismatch": "expected the 64 digits and letters a to f that waylay-tasks-mcp token new prints",
    "too_short": "expected one scope at least",
}


class Entry(BaseModel):
    """One token: its digest, what it allows, and when it ends."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", repr=False)]
    scopes: Annotated[Sequence[Scope], Field(min_length=1)]
    expires: Annotated[datetime, BeforeValidator(_moment)] | None = None


class _Entries(RootModel[dict[str, Entry]]):
    model_config = ConfigDict(hide_input_in_errors=True)


def read_token_file(path: Path) -> Mapping[str, Entry]:
    """Return the tokens in a file by their names.

    Raises:
        SettingsError: it cannot be read, or something in it makes no sense; saying what.
    """
    try:
        document = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise SettingsError(f"{_SETTING}: {path} cannot be read: {error.strerror}") from None
    except ValueError as error:
        # A line of TOML that is broken is told of by its place, and not repeated.
        raise SettingsError(f"{_SETTING}: {path} is not TOML: {_place(str(error))}") from None
    for name in document:
        if not NAME.fullmatch(name):
            raise SettingsError(f"{_SETTING}: {path}: expected a name of letters, digits, - and _, not {quoted(name)}")
    return _entries(path, document)


def token_line(name: str, digest: str, scopes: Sequence[str], expires: date | None) -> str:
    """Return the line of the file for a token."""
    listed = ", ".join(f'"{scope}"' for scope in scopes)
    until = "" if expires is None else f", expires = {expires.isoformat()}"
    return f'{name} = {{ sha256 = "{digest}", scopes = [{listed}]{until} }}'


def _entries(path: Path, document: Mapping[str, object]) -> Mapping[str, Entry]:
    try:
        entries = _Entries.model_validate(document).root
    except ValidationError as error:
        raise SettingsError(f"{_SETTING}: {path}: {_said(error)}") from None
    digests = [entry.sha256 for entry in entries.values()]
    if len(set(digests)) < len(digests):
        raise SettingsError(f"{_SETTING}: {path}: two names have the same token: give each its own")
    if not entries:
        raise SettingsError(f"{_SETTING}: {path} has no token in it: make one with waylay-tasks-mcp token new")
    return entries


def _said(error: ValidationError) -> str:
    """Return pydantic's first finding in our words, without what was found there."""
    finding = error.errors(include_url=False, include_input=False, include_context=False)[0]
    expected = _EXPECTED.get(finding["type"])
    said = finding["msg"].removeprefix("Value error, ").replace("Input should be", "expected")
    return f"{'.'.join(str(step) for step in finding['loc'])}: {expected or said}"


def _place(message: str) -> str:
    found = re.search(r"\(at [a-z0-9 ,]+\)$", message)
    return found[0].strip("()") if found else "it is no text in UTF-8"
