"""What an entry is to say where the file has one already: what a person added to it stays."""

from collections.abc import Mapping
from typing import Any, cast

from server.installing.found import entries_of
from server.installing.signing_in import CREDENTIALS
from server.installing.wish import Wish


def entry_for(wish: Wish, old: Any) -> dict[str, Any]:
    """Return what the entry is to say.

    Args:
        wish: What is asked for.
        old: What the file has by that name, if anything.
    """
    entry = wish.client.entry(wish.server)
    if not any(entries_of({"": old})):
        return entry
    variables = {name: value for name, value in _old_variables(old, wish).items() if name not in wish.server.variables}
    if variables or wish.server.variables:
        entry["env"] = {**variables, **wish.server.variables}
    kept = {key: value for key, value in old.items() if key in entry or key not in ("args", "env", "type")}
    return {key: entry.get(key, value) for key, value in {**kept, **entry}.items()}


def _old_variables(old: Mapping[str, Any], wish: Wish) -> dict[str, Any]:
    """Return the variables of an entry; without its credentials, where it is to sign in in another way."""
    variables = old.get("env")
    found: dict[str, Any] = dict(cast("dict[str, Any]", variables)) if isinstance(variables, dict) else {}
    return {name: value for name, value in found.items() if not (wish.signs_in and name in CREDENTIALS)}
