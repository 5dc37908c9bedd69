"""From a successful answer to what an operation asked for."""

import json
from contextlib import suppress
from functools import cache
from http import HTTPStatus
from types import NoneType
from typing import TypeVar

import httpx
from pydantic import TypeAdapter, ValidationError

from server.upstream.failures import about_another, is_json, unreadable
from tools.contract import Request
from tools.models.entity import Task

ResultT = TypeVar("ResultT")


def read(request: Request, response: httpx.Response, returns: type[ResultT]) -> ResultT:
    """Return the body of an answer as `returns`.

    Raises:
        UnusableAnswer: it is not one.
    """
    if returns is NoneType:
        if not _is_done(response):
            raise unreadable(request, response)
        return None  # pyright: ignore[reportReturnType]
    found = _validated(request, response, returns)
    task: object = found
    if isinstance(task, Task) and task.id.lower() not in map(str.lower, request.path):
        raise about_another(request)
    return found


def _is_done(response: httpx.Response) -> bool:
    """Tell whether the service says that it is done: 204 is documented, and a 200 has to be JSON as all of its own are.

    An empty page is what something on the way could answer just as well.
    """
    status = response.status_code
    return status == HTTPStatus.NO_CONTENT or (status == HTTPStatus.OK and is_json(response))


def _validated(request: Request, response: httpx.Response, returns: type[ResultT]) -> ResultT:
    reader = _reader(returns)
    with suppress(ValidationError):
        return reader.validate_json(response.content)
    document = _document(request, response)
    try:
        return reader.validate_json(_in_whole_characters(document))
    except (ValueError, RecursionError):
        raise unreadable(request, response) from None


@cache
def _reader(returns: type[ResultT]) -> TypeAdapter[ResultT]:
    """Return what reads a type: putting one together takes longer than many readings."""
    return TypeAdapter(returns)


def _document(request: Request, response: httpx.Response) -> object:
    """Return a body as JSON.

    Raises:
        UnusableAnswer: it is none; one that calls itself JSON was cut off, if nothing else happened to it.
    """
    try:
        return json.loads(response.content)
    except json.JSONDecodeError:
        raise unreadable(request, response, cut_off=is_json(response)) from None
    except (ValueError, RecursionError):
        raise unreadable(request, response) from None


def _in_whole_characters(document: object) -> bytes:
    """Return JSON in which halves of characters are question marks: a name may have been cut between them."""
    return json.dumps(document, ensure_ascii=False).encode("utf-8", "replace")
