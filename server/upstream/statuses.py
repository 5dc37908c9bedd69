"""From a status that is not a success to a failure that says whether anything changed and what to do next."""

import math
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

_IN_FRONT = frozenset({HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT})


def status_failure(request: Request, response: httpx.Response) -> UpstreamFailure:
    """Return the failure for a status that is not a success."""
    status, body = response.status_code, error_body(response)
    if response.is_redirect:
        return _redirected(request, status)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return _server_fault(request, response, body)
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return _rate_limited(response, body)
    if not body and status not in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        return UnusableAnswer(f"Status {status} came back, but not from the Waylay rules engine.", hint=ADDRESS)
    return _refused(status, body)


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


def _refused(status: int, body: Mapping[str, Any]) -> StatusFailure:
    if status == HTTPStatus.UNAUTHORIZED:
        message = f"The Waylay service does not accept this server's credentials (401){said(body)}."
        return Unauthorized(message, hint=CREDENTIALS, answered=True)
    if status == HTTPStatus.FORBIDDEN:
        hint = "The task may be protected, or the credentials lack a permission; trying again does not help."
        return Forbidden(f"This server's credentials may not do that (403){said(body)}.", hint=hint, answered=True)
    if status == HTTPStatus.NOT_FOUND:
        hint = "list_tasks finds the IDs of the tasks that there are."
        return NotFound(f"Not found{said(body)}.", hint=hint, answered=True)
    return _rejected(status, body)


def _rejected(status: int, body: Mapping[str, Any]) -> Rejected:
    named = issues(body)
    lines = [f"The Waylay service refused this ({status}){said(body)}.", *issue_lines("Issues", named)]
    details = {"issues": [issue.model_dump(exclude_none=True) for issue in issue_facts(named)]} if named else {}
    return Rejected("\n".join(lines), hint="Mend what it names, then call again.", details=details, answered=True)


def _redirected(request: Request, status: int) -> UnusableAnswer:
    """Refuse to follow: credentials would travel along. After a 303 the write may have been carried out."""
    changed: Changed = "unknown" if status == HTTPStatus.SEE_OTHER and request.method != "GET" else "no"
    return UnusableAnswer(f"The gateway redirects ({status}); that is not followed.", changed=changed, hint=ADDRESS)
