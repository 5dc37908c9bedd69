"""A setting that is set, as it may be shown."""

import ipaddress
import re
import unicodedata
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from pydantic import SecretStr

from server.journal.secret_texts import LOOKED_AT, without_secrets_in
from server.settings import GROUPS, Settings
from tools.text import plain

_MAX_VALUE = 60
_MARKS = "@?#{"
"""What an address with a password has, and one with a key in its query, and the content of a profile."""

_PASSWORD = re.compile(r":(?!//|\d{1,5}(?![^/,\s])|\*(?![^/,\s])|[\\/])")
"""A colon before something else than a port, any port, or what follows in `https://` and in `C:\\`."""


@dataclass(frozen=True, slots=True)
class Given:
    """A setting that is set.

    Attributes:
        name: Its name in the environment.
        shown: Its value as it may be shown; of a secret, and of what is wrong, that it is set.
        where: Where it stands.
    """

    name: str
    shown: str
    where: str


def in_order(names: Container[str]) -> Iterator[str]:
    """Yield those of these settings that there are, in the order of the documentation."""
    for group in reversed(GROUPS):
        yield from (name for name in names_of(group) if name in names)


def given_as(name: str, where: str, values: Mapping[str, Any], wrong: str) -> Given:
    """Return how a setting is shown: not even the length of a secret, and nothing of what may be one by mistake.

    Args:
        name: Its name in the environment.
        where: Where it stands.
        values: The settings by their fields, as far as they are what they should be.
        wrong: What is said to be wrong; the value of what is named there is not shown.
    """
    field = next(key for key, one in Settings.model_fields.items() if one.alias == name)
    value = values.get(field)
    listed = cast("tuple[Any, ...]", value) if isinstance(value, tuple) else (value,)
    open_to_all = value is not None and not any(isinstance(item, SecretStr) for item in listed)
    shown = ", ".join(map(_plain, listed)) if open_to_all else "set"
    hides = any(map(may_hold_a_secret, listed)) or name in wrong
    return Given(name, "set" if hides else shown, where)


def may_hold_a_secret(value: object) -> bool:
    """Tell whether a value looks like an address with a password, or like another secret, put there by mistake."""
    text = unicodedata.normalize("NFKC", str(value))
    if any(mark in text for mark in _MARKS) or without_secrets_in(text[:LOOKED_AT]) != text:
        return True
    return _PASSWORD.search(text) is not None and not _is_ip_address(text)


def _is_ip_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _plain(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else plain(value, _MAX_VALUE)


def names_of(group: type[Any]) -> list[str]:
    """Return the names of a group's settings in the environment."""
    return [field.alias for field in group.model_fields.values()]
