"""What becomes of a file: its content before and after."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, cast

from server.installing.copies import backups, folder_of_copies
from server.installing.documents import servers_of, text_of, with_entry, without_entry
from server.installing.merged_entry import entry_for
from server.installing.refused import Refused
from server.installing.signing_in import inputs_asked_by
from server.installing.wish import Wish
from server.installing.writing import Found, look

_LOOKED_BACK = 20
"""Copies of the file that are looked at for what was there before."""


@dataclass(frozen=True)
class Plan:
    """A change to a file.

    Attributes:
        found: The file as it is.
        kind: What happens to the entry; `none` where there is nothing to do.
        entry: What it says, or said.
        old: What the file has by its name now.
        before: The text of the file.
        after: What it is to be.
    """

    found: Found = field(repr=False)
    kind: Literal["added", "replaced", "removed", "none"]
    entry: Mapping[str, Any] = field(repr=False)
    old: Any = field(repr=False)
    before: str = field(repr=False)
    after: str = field(repr=False)


def installation(wish: Wish) -> Plan:
    """Return what puts the entry into the file.

    Raises:
        Refused: it cannot be read, or is laid out in another way.
    """
    found = look(wish.file)
    before = text_of(found.content or b"")
    old = servers_of(wish.client, before).get(wish.name)
    entry = entry_for(wish, old)
    after = with_entry(wish.client, before, wish.name, entry, wish.inputs)
    kind = "none" if before == after else "added" if old is None else "replaced"
    return Plan(found, kind, entry, old, before, after)


def removal(wish: Wish) -> Plan:
    """Return what takes the entry out of the file.

    Where nothing else was changed since it was put in, the file becomes what its copy has, to the last blank.

    Raises:
        Refused: it cannot be read, or is laid out in another way.
    """
    found = look(wish.file)
    before = text_of(found.content or b"")
    servers = servers_of(wish.client, before)
    if wish.name not in servers:
        return Plan(found, "none", {}, None, before, before)
    entry = servers[wish.name]
    known = cast("dict[str, Any]", entry) if isinstance(entry, dict) else {}
    after = _as_it_was(wish, found.file, before, known)
    if after is None:
        after = without_entry(wish.client, before, wish.name, inputs_asked_by(known, wish.name))
    return Plan(found, "removed", known, known, before, after)


def _as_it_was(wish: Wish, file: Path, now: str, entry: Mapping[str, Any]) -> str | None:
    """Return the file from which the entry made what there is now; None where no copy has that."""
    inputs = inputs_asked_by(entry, wish.name)
    for copy in backups(file, folder_of_copies(file, wish.scope))[:_LOOKED_BACK]:
        try:
            text = text_of(look(copy).content or b"")
            if wish.name not in servers_of(wish.client, text) and (
                with_entry(wish.client, text, wish.name, entry, inputs) == now
            ):
                return text
        except Refused:
            continue
    return None
