"""From what came back (or did not) to a failure that says whether anything changed and what to do next."""

import base64
import json
import socket
import ssl
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any, cast

import httpx
from pydantic import ValidationError

from server.errors import (
    Changed,
    ConnectionLost,
    Forbidden,
    NotFound,
    RateLimited,
    Rejected,
    ServerFault,
    StatusFailure,
    TimedOut,
    Unauthorized,
    Unreachable,
    UnusableAnswer,
    UpstreamFailure,
)
from tools.contract import Request
from tools.issues import issue_facts, issue_lines
from tools.models.entity import Issue
from tools.text import clean

_MAX_ERROR_TEXT = 300
_INITIALS = 3
"""Characters up to which a text is no secret; taking it out of an error would only spoil the error."""

_FIND_OUT = "Whether it was carried out is not known: look with get_task or list_tasks before doing anything again."
_ADDRESS = "The person who runs this server should check WAYLAY_GATEWAY_URL."
_CREDENTIALS = "The person who runs this server has to mend its credentials; trying again does not help."
_LATER = "Try again in a moment."

TOKEN_REQUEST = Request("GET", ("accounts", "v1", "tokens"))
"""Stands for the exchange of credentials where a failure is named: like reading, it changes no task."""


def transport_failure(request: Request, error: Exception) -> UpstreamFailure:
    """Return the failure for an exchange that came to no answer."""
    if isinstance(error, (httpx.ConnectError, httpx.UnsupportedProtocol, httpx.InvalidURL)):
        return _unreachable(error)
    if isinstance(error, (httpx.ConnectTimeout, httpx.PoolTimeout)):
        return TimedOut("The Waylay gateway could not be reached in time.", hint=_LATER)
    if isinstance(error, httpx.TimeoutException):
        return _in_doubt(request, TimedOut, "The Waylay service did not answer in time.")
    return _in_doubt(request, ConnectionLost, "The connection to the Waylay service broke.")


def past_deadline(request: Request, seconds: float) -> UpstreamFailure:
    """Return the failure for an exchange that took longer than a request may take as a whole."""
    return _in_doubt(request, TimedOut, f"The Waylay service did not answer within {seconds:g} seconds.")


def status_failure(request: Request, response: httpx.Response) -> UpstreamFailure:
    """Return the failure for a status that is not a success."""
    status, body = response.status_code, _error_body(response)
    if response.is_redirect or response.has_redirect_location:
        return _redirected(request, status)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return _in_doubt(request, ServerFault, f"The Waylay service failed ({status}){_said(body)}.", status)
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return RateLimited(f"The Waylay service limits requests (429){_said(body)}.", hint=_wait(response))
    if not body and status not in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        return UnusableAnswer(f"Status {status} came back, but not from the Waylay rules engine.", hint=_ADDRESS)
    return _refused(status, body)


def unreadable(request: Request, response: httpx.Response) -> UpstreamFailure:
    """Return the failure for a success whose body cannot be read."""
    content_type = clean(response.headers.get("content-type", "no content type"), 60)
    message = f"The answer ({response.status_code}, {content_type}) could not be read"
    if request.method == "GET":
        return UnusableAnswer(f"{message}.", hint=_ADDRESS)
    if is_json(response):
        hint = "The service reported success: look with get_task or list_tasks."
        return UnusableAnswer(f"{message}.", changed="yes", hint=hint)
    return UnusableAnswer(f"{message}; it may not be from Waylay.", changed="unknown", hint=_FIND_OUT)


def is_json(response: httpx.Response) -> bool:
    """Tell whether an answer calls itself JSON: an error page or a sign-in page in its place does not."""
    return "json" in response.headers.get("content-type", "").lower()


def exchange_failure(response: httpx.Response) -> UpstreamFailure:
    """Return the failure for an exchange of credentials that gave no token; the operation itself was not sent."""
    status = response.status_code
    if response.is_success:
        return UnusableAnswer("The gateway's token could not be read.", hint=_ADDRESS)
    if response.is_client_error and status != HTTPStatus.TOO_MANY_REQUESTS:
        return Unauthorized(f"The gateway does not take the application's credentials ({status}).", hint=_CREDENTIALS)
    return status_failure(TOKEN_REQUEST, response)


def _refused(status: int, body: Mapping[str, Any]) -> StatusFailure:
    if status == HTTPStatus.UNAUTHORIZED:
        return Unauthorized(
            f"The Waylay service does not accept this server's credentials (401){_said(body)}.", hint=_CREDENTIALS
        )
    if status == HTTPStatus.FORBIDDEN:
        return Forbidden(
            f"This server's credentials may not do that (403){_said(body)}.",
            hint="The task may be protected, or the credentials lack a permission; trying again does not help.",
        )
    if status == HTTPStatus.NOT_FOUND:
        return NotFound(f"Not found{_said(body)}.", hint="list_tasks finds the IDs of the tasks that there are.")
    return _rejected(status, body)


def _rejected(status: int, body: Mapping[str, Any]) -> Rejected:
    issues = _issues(body)
    lines = [f"The Waylay service refused this ({status}){_said(body)}.", *issue_lines("Issues", issues)]
    details = {"issues": [issue.model_dump(exclude_none=True) for issue in issue_facts(issues)]} if issues else {}
    return Rejected("\n".join(lines), hint="Mend what it names, then call again.", details=details)


def _unreachable(error: Exception) -> Unreachable:
    causes = list(_causes(error))
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes):
        message = "The gateway's TLS certificate was not accepted."
        return Unreachable(message, hint=f"{_ADDRESS} SSL_CERT_FILE names a company's own authority.")
    if any(isinstance(cause, ssl.SSLError) for cause in causes):
        return Unreachable("The gateway does not speak TLS the way this server does, or not at all.", hint=_ADDRESS)
    if any(isinstance(cause, socket.gaierror) for cause in causes):
        return Unreachable("The gateway's host name is not known.", hint=_ADDRESS)
    return Unreachable("No connection to the Waylay gateway.", hint=f"{_ADDRESS} It may be down: {_LATER.lower()}")


def _redirected(request: Request, status: int) -> UnusableAnswer:
    """Refuse to follow: credentials would travel along. After a 303 the write may have been carried out."""
    changed: Changed = "unknown" if status == HTTPStatus.SEE_OTHER and request.method != "GET" else "no"
    return UnusableAnswer(f"The gateway redirects ({status}); that is not followed.", changed=changed, hint=_ADDRESS)


def _in_doubt(
    request: Request, kind: type[UpstreamFailure], message: str, status: int | None = None
) -> UpstreamFailure:
    details = {"status": status} if status else {}
    if request.method == "GET":
        return kind(message, hint=_LATER, details=details)
    return kind(message, changed="unknown", hint=_FIND_OUT, details=details)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _error_body(response: httpx.Response) -> Mapping[str, Any]:
    """Return the service's own error body, empty when it is not one (HTML, cut off, something else)."""
    try:
        body = json.loads(_without_secrets(response))
    except (ValueError, RecursionError):
        return {}
    return cast("Mapping[str, Any]", body) if isinstance(body, dict) and "error" in body else {}


def _without_secrets(response: httpx.Response) -> str:
    """Return the text of an answer without the credentials that its request carried, should it repeat them."""
    text = response.text
    for secret in _secrets_of(response.request.headers.get("authorization", "")):
        text = text.replace(secret, "…")
    return text


def _secrets_of(authorization: str) -> list[str]:
    scheme, _, sent = authorization.partition(" ")
    pair = base64.b64decode(sent).decode(errors="replace") if scheme == "Basic" else ""
    return [secret for secret in (sent, *pair.partition(":")[::2]) if len(secret) > _INITIALS]


def _said(body: Mapping[str, Any]) -> str:
    text = clean(body.get("error") or "", _MAX_ERROR_TEXT).rstrip(".")
    return f": {text}" if text else ""


def _issues(body: Mapping[str, Any]) -> list[Issue]:
    details = body.get("details")
    try:
        return [Issue.model_validate(issue) for issue in cast("list[object]", details)] if details else []
    except (ValidationError, TypeError):
        return []


def _wait(response: httpx.Response) -> str:
    seconds = response.headers.get("retry-after", "")
    return f"Try again in {seconds} seconds." if seconds.isdigit() else _LATER
