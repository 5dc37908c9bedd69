"""What is wrong in a policy: where, and what to mend."""

from collections.abc import Collection, Mapping
from difflib import get_close_matches

from server.policy.lines import Where
from tools.text import clean, quoted

_MAX_NAME = 60
_ALIKE = 0.74
"""From here on a name is a slip of another one: `drop_task` of stop_task, but `remove_task` not of create_task."""


class Wrong(Exception):
    """Something in a policy that stops the start.

    Args:
        where: The way to it in the document.
        message: What is wrong and what to mend, as one line.
    """

    def __init__(self, where: Where, message: str) -> None:
        super().__init__(message)
        self.where = where
        self.message = message


def unknown(what: str, name: str, valid: Collection[str]) -> str:
    """Return that there is no such name, which one may be meant, and which there are."""
    nearest = get_close_matches(name.casefold(), valid, n=1, cutoff=_ALIKE)
    meant = f"did you mean {nearest[0]}? " if nearest else ""
    return f"unknown {what} {quoted(name, _MAX_NAME)}; {meant}valid are {', '.join(valid)}"


def check_keys(given: Mapping[str, object], valid: Collection[str], where: Where) -> None:
    """Refuse a key that means nothing.

    Raises:
        Wrong: naming the nearest that does.
    """
    for key in given:
        if key not in valid:
            raise Wrong((*where, key), unknown("key", key, valid))


def kind(value: object) -> str:
    """Return what a value is, in TOML's terms and safe to show."""
    for types, name in ((bool, "true or false"), ((int, float), "a number"), (list, "a list"), (dict, "a table")):
        if isinstance(value, types):
            return name
    return f"the text {quoted(value, _MAX_NAME)}" if isinstance(value, str) else f"{clean(value, _MAX_NAME)}, a time"
