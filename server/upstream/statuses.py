"""From a status that is not a success to a failure that says whether anything changed and what to do next.

That a write was not carried out is certain where the service refuses it in its own words, and where whatever answers
does so before it passes anything on: 401, 429, and 404 for an address that leads nowhere. Everything else may have been
said by something on the way after it passed the write on, or after it waited for the service long enough (408, 425, 460
and 499 whoever says so): then the write is in doubt.
"""

import math
import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import httpx

from server.errors import Changed
from server.upstream.error_body import error_body, issues, said
from server.upstream.errors import (
    Forbidden,
    NotFound,
    RateLimited,
    Rejected,
    ServerFault,
    StatusFailure,
    Unauthorized,
    UnusableAnswer,
    UpstreamFailure,
)
from server.upstream.hints import ADDRESS, CREDENTIALS, FIND_OUT, TOKEN_REQUEST
from server.upstream.waiting import asked_wait, when
from tools.contract import Request
from tools.issues import issue_facts, issue_lines

_ROUTE = 3
"""Segments of every address of the service before those that say which task."""

_FIND_IDS = "list_tasks finds the IDs of the tasks that there are."
_NOT_CERTAIN = f"It names no task, so it may not be the service's own word, and the task may be there. {_FIND_IDS}"

_IN_FRONT = frozenset({HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT})
_GIVEN_UP = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, 460, 499})
"""Of whoever waits for a request or for its answer."""
_NOT_PASSED_ON = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.NOT_FOUND})


def status_failure(request: Request, response: httpx.Response) -> UpstreamFailure:
    """Return the failure for a status that is not a success."""
    status, body = response.status_code, error_body(response)
    if response.is_redirect:
        return _redirected(request, status)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return _server_fault(request, response, body)
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return _rate_limited(response, body)
    if request.method != "GET" and not _is_certain(status, body):
        return _in_doubt(status, body)
    if not body and status not in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        return UnusableAnswer(_elsewhere(status), hint=ADDRESS)
    return _not_found(request, body) if status == HTTPStatus.NOT_FOUND else _refused(status, body)


def exchange_failure(response: httpx.Response) -> UpstreamFailure:
    """Return the failure for an exchange of credentials that gave no token; the operation itself was not sent."""
    status = response.status_code
    if response.is_success:
        return UnusableAnswer("The gateway's token could not be read.", hint=ADDRESS)
    if response.is_client_error and status != HTTPStatus.TOO_MANY_REQUESTS:
        return Unauthorized(f"The gateway does not take the application's credentials ({status}).", hint=CREDENTIALS)
    return status_failure(TOKEN_REQUEST, response)


def _server_fault(request: Request, response: httpx.Response, body: Mapping[str, Any]) -> ServerFault:
    """Return the failure for a 5xx. What stands in front of the service may say it of a request that is under way."""
    status, wait = response.status_code, asked_wait(response)
    changed: Changed = "no" if request.method == "GET" else "unknown"
    return ServerFault(
        f"The Waylay service failed ({status}){said(body)}.",
        changed=changed,
        hint=when(wait) if changed == "no" else FIND_OUT,
        details={"status": status, **_in_seconds(wait)},
        answered=bool(body) and status not in _IN_FRONT,
        wait=wait,
    )


def _rate_limited(response: httpx.Response, body: Mapping[str, Any]) -> RateLimited:
    message, wait = f"The Waylay service limits requests (429){said(body)}.", asked_wait(response)
    return RateLimited(message, hint=when(wait), details=_in_seconds(wait), answered=True, wait=wait)


def _in_seconds(wait: float | None) -> dict[str, Any]:
    return {} if wait is None else {"retry_after": math.ceil(wait)}


def _is_certain(status: int, body: Mapping[str, Any]) -> bool:
    """Tell whether a write that got this 4xx was certainly not carried out."""
    in_its_own_words = body.get("statusCode") == status
    return status in _NOT_PASSED_ON or (in_its_own_words and status not in _GIVEN_UP)


def _in_doubt(status: int, body: Mapping[str, Any]) -> UpstreamFailure:
    """Return the failure for a write that got a 4xx from whom it may."""
    if not body and status != HTTPStatus.FORBIDDEN:
        return UnusableAnswer(_elsewhere(status), changed="unknown", hint=FIND_OUT)
    failure = _refused(status, body)
    failure.changed, failure.answered, failure.hint = "unknown", False, FIND_OUT
    return failure


def _elsewhere(status: int) -> str:
    return f"Status {status} came back, but not from the Waylay rules engine."


def _refused(status: int, body: Mapping[str, Any]) -> StatusFailure:
    if status == HTTPStatus.UNAUTHORIZED:
        message = f"The Waylay service does not accept this server's credentials (401){said(body)}."
        return Unauthorized(message, hint=CREDENTIALS, answered=True)
    if status == HTTPStatus.FORBIDDEN:
        hint = "The task may be protected, or the credentials lack a permission; trying again does not help."
        return Forbidden(f"This server's credentials may not do that (403){said(body)}.", hint=hint, answered=True)
    return _rejected(status, body)


def _not_found(request: Request, body: Mapping[str, Any]) -> NotFound:
    """Return the failure for a 404. The service's own names the task: `Task with id … not found`."""
    about = request.path[_ROUTE : _ROUTE + 1]
    names_it = any(_names(body, task_id) for task_id in about)
    hint = _NOT_CERTAIN if about and not names_it else _FIND_IDS
    failure = NotFound(f"Not found{said(body)}.", hint=hint, answered=True)
    failure.names_it = names_it
    return failure


def _names(body: Mapping[str, Any], task_id: str) -> bool:
    """Tell whether an error body names a task, other than by repeating the address."""
    text, whole = body.get("error"), rf"(?<![\w/-]){re.escape(task_id)}(?![\w/-])"
    return isinstance(text, str) and re.search(whole, text, re.IGNORECASE) is not None


def _rejected(status: int, body: Mapping[str, Any]) -> Rejected:
    named = issues(body)
    lines = [f"The Waylay service refused this ({status}){said(body)}.", *issue_lines("Issues", named)]
    details = {"issues": [issue.model_dump(exclude_none=True) for issue in issue_facts(named)]} if named else {}
    return Rejected("\n".join(lines), hint="Mend what it names, then call again.", details=details, answered=True)


def _redirected(request: Request, status: int) -> UnusableAnswer:
    """Refuse to follow: credentials would travel along. A write may have been carried out before it led elsewhere."""
    changed: Changed = "unknown" if request.method != "GET" else "no"
    return UnusableAnswer(f"The gateway redirects ({status}); that is not followed.", changed=changed, hint=ADDRESS)
