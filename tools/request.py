"""One request to the Tasks API, and its answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar

ResultT = TypeVar("ResultT")


@dataclass(frozen=True, slots=True)
class Request:
    """One request to the Tasks API. `path` holds unencoded segments, `query` the wire parameters in order."""

    method: Literal["GET", "POST", "PUT", "DELETE"]
    path: Sequence[str]
    query: Sequence[tuple[str, str]] = ()
    body: Mapping[str, Any] | None = None
    accept: str = "application/json"


@dataclass(frozen=True, slots=True)
class Reply(Generic[ResultT]):
    """A successful answer; header names are in lower case."""

    body: ResultT
    headers: Mapping[str, str]
    status: int = 200
