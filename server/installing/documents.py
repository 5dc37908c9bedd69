"""A client's file as a text: reading it, and putting this server's entry into it or taking it out."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar, cast

from server.installing.client import Client
from server.installing.jsonc.edits import Edit, applied
from server.installing.jsonc.parsing import parse
from server.installing.jsonc.putting import NotThere, append_edits, put_edits
from server.installing.jsonc.removing import remove_edits, remove_element_edits
from server.installing.jsonc.tree import Unreadable
from server.installing.refused import Refused
from server.installing.signing_in import reference_to
from server.installing.toml_editing import put_table, remove_table, toml_data

Result = TypeVar("Result")


def text_of(content: bytes) -> str:
    """Return a file's content as text; a byte order mark stays its first character.

    Raises:
        Refused: it is not in UTF-8.
    """
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Refused(f"it is not in UTF-8 (byte {error.start + 1})") from None


def bytes_of(text: str) -> bytes:
    """Return a text as a file's content.

    Raises:
        Refused: it has halves of characters, which UTF-8 has not.
    """
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError:
        raise Refused("what goes into it is no text in UTF-8") from None


def servers_of(client: Client, text: str) -> dict[str, Any]:
    """Return the servers that a client's file has, by their names.

    Raises:
        Refused: it cannot be read, or is laid out in another way.
    """
    node: Any = _data(client, text)
    for depth, name in enumerate(client.path):
        _expect_object(client, node, depth)
        node = node.get(name, {})
    _expect_object(client, node, len(client.path))
    return node


def with_entry(client: Client, text: str, name: str, entry: Mapping[str, Any], inputs: Sequence[Any] = ()) -> str:
    """Return a client's file with an entry in it, in the place of the one that has its name.

    Args:
        client: Whose file it is.
        text: What is in it.
        name: What the entry is called.
        entry: What it says.
        inputs: What VS Code is to ask its user for; what it has under the same ID stays.

    Raises:
        Refused: it cannot be read, or is laid out in another way.
    """
    servers = servers_of(client, text)
    for wanted in inputs:
        if wanted["id"] not in _input_ids(client, text):
            text = _edited(text, lambda text=text, wanted=wanted: append_edits(text, ("inputs",), wanted))
    if servers.get(name) == entry:
        return text
    if client.format == "toml":
        return _refusing(lambda: put_table(text, (*client.path, name), entry))
    changed = _edited(text, lambda: put_edits(text, (*client.path, name), entry))
    if servers_of(client, changed) != {**servers, name: dict(entry)}:
        raise Refused("it is laid out in a way that cannot be changed here")
    return changed


def without_entry(client: Client, text: str, name: str, inputs: Sequence[Mapping[str, Any]] = ()) -> str:
    """Return a client's file without an entry, and without what it alone asked its user for.

    Args:
        client: Whose file it is.
        text: What is in it.
        name: What the entry is called.
        inputs: What VS Code asked for; what is written otherwise, or is referred to elsewhere, stays.

    Raises:
        Refused: it cannot be read, or is laid out in another way.
    """
    if client.format == "toml":
        return _refusing(lambda: remove_table(text, (*client.path, name)))
    while name in servers_of(client, text):
        text = _edited(text, lambda text=text: remove_edits(text, (*client.path, name)))
    for wanted in inputs:
        known, referred = _inputs(client, text), reference_to(wanted["id"]) in json.dumps(_data(client, text))
        if wanted in known and not referred:
            at = known.index(wanted)
            text = _edited(text, lambda text=text, at=at: remove_element_edits(text, ("inputs",), at))
    return text


def _data(client: Client, text: str) -> Any:
    if client.format == "toml":
        return _refusing(lambda: toml_data(text))
    root = _refusing(lambda: parse(text))
    return root.data() if root else {}


def _expect_object(client: Client, node: Any, depth: int) -> None:
    if not isinstance(node, dict):
        what = f'"{".".join(client.path[:depth])}"' if depth else "the whole of it"
        kind = "a table" if client.format == "toml" else "an object"
        raise Refused(f"{what} is not {kind}, as {client.title} has it")


def _input_ids(client: Client, text: str) -> list[Any]:
    """Return the IDs of what VS Code asks its user for."""
    known = _inputs(client, text)
    return [cast("dict[str, Any]", one).get("id") if isinstance(one, dict) else None for one in known]


def _inputs(client: Client, text: str) -> list[Any]:
    """Return what VS Code asks its user for."""
    inputs = _data(client, text).get("inputs", [])
    if not isinstance(inputs, list):
        raise Refused('"inputs" is not an array')
    return cast("list[Any]", inputs)


def _edited(text: str, edits: Callable[[], list[Edit]]) -> str:
    return applied(text, _refusing(edits))


def _refusing(do: Callable[[], Result]) -> Result:
    try:
        return do()
    except (Unreadable, NotThere) as error:
        raise Refused(str(error)) from None
