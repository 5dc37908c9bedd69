"""What a consent is bound to, and how a changed target is noticed and told."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any, Literal, cast

from pydantic import BaseModel

Way = Literal["question", "token", "page"]
"""How consent is asked for: a question to the client's user, a token that the assistant passes back, or the page."""

_NESTED = ("specification", "task")


class Consent(BaseModel):
    """An open request for consent: for exactly these arguments, by this principal, on this state.

    Attributes:
        way: The way it was asked; an answer that comes another way is none.
        audience: The server and tenant that asked.
        principal: Who called.
        caller: A digest of who calls, across sessions.
        call: A digest of who wants what done, whichever session it comes from and with whichever flags.
        operation: The tool.
        arguments: A digest of the validated arguments.
        state: Digest by path of what the target was, so that a change can be named without keeping its secrets.
        status: The status that was shown.
        salt: What the digests of `state` are salted with.
        expires: Epoch seconds.
    """

    way: Way
    audience: str
    principal: str
    caller: str
    call: str
    operation: str
    arguments: str
    state: dict[str, str]
    status: str
    salt: str
    expires: float


def digest(value: object, salt: str = "") -> str:
    """Return a digest of a JSON value that does not depend on the order of its keys."""
    canonical = json.dumps(value, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(f"{salt}:{canonical}".encode()).hexdigest()


def question_id(handle: str) -> str:
    """Return what the audit calls a question or a token that was offered; knowing it allows nothing."""
    return digest(handle, "question")[:10]


def fingerprint(state: Mapping[str, Any], salt: str) -> dict[str, str]:
    """Return a digest for every path of a target's state."""
    return {path: digest(value, salt) for path, value in _paths(state, "")}


def changed_paths(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    """Return the paths that were added, removed or changed."""
    return sorted(path for path in {*before, *after} if before.get(path) != after.get(path))


def _paths(node: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, Any]]:
    for key, value in node.items():
        path = prefix + key.replace("\\", r"\\").replace(".", r"\.")
        if key in _NESTED and isinstance(value, dict) and value:
            yield from _paths(cast("Mapping[str, Any]", value), f"{path}.")
        else:
            yield path, value
