"""From an exchange without a usable answer to a failure that says whether anything changed and what to do next."""

import socket
import ssl
from collections.abc import Iterator

import httpx

from server.errors import Changed
from server.upstream.errors import ConnectionLost, TimedOut, Unreachable, UnusableAnswer, UpstreamFailure
from server.upstream.hints import ADDRESS, FIND_OUT, LOOK
from server.upstream.waiting import LATER
from tools.contract import Request
from tools.text import clean

_NOT_CONNECTED = (httpx.ConnectError, httpx.ProxyError, httpx.UnsupportedProtocol, httpx.InvalidURL)
_STRANGE = "; it may not be from Waylay"
_NOT_IN_TIME = "The Waylay gateway could not be reached in time."


def transport_failure(request: Request, error: Exception) -> UpstreamFailure:
    """Return the failure for an exchange in which no answer began."""
    if isinstance(error, _NOT_CONNECTED):
        return _unreachable(error)
    if isinstance(error, (httpx.ConnectTimeout, httpx.PoolTimeout)):
        return TimedOut(_NOT_IN_TIME, hint=LATER)
    if isinstance(error, httpx.TimeoutException):
        return _in_doubt(request, TimedOut, "The Waylay service did not answer in time.")
    return _in_doubt(request, ConnectionLost, "The connection to the Waylay service broke.")


def past_deadline(request: Request, seconds: float, *, sent: bool) -> UpstreamFailure:
    """Return the failure for an exchange that took longer than a request may take as a whole.

    Args:
        request: The request.
        seconds: How long that is.
        sent: Whether any of it may have left.
    """
    if not sent:
        return TimedOut(_NOT_IN_TIME, hint=LATER)
    return _in_doubt(request, TimedOut, f"The Waylay service did not answer within {seconds:g} seconds.")


def broken_off(request: Request, response: httpx.Response, kind: type[UpstreamFailure], why: str) -> UpstreamFailure:
    """Return the failure for a success whose body did not come to its end; `why` ends a sentence."""
    message = f"The Waylay service reported success ({response.status_code}), but {why}"
    if request.method == "GET":
        return kind(message, hint=LATER, may_pass=True)
    return _after_success(response, kind, message)


def unreadable(request: Request, response: httpx.Response, *, cut_off: bool = False) -> UpstreamFailure:
    """Return the failure for a success whose body cannot be read; one that was cut off may be whole the next time."""
    content_type = clean(response.headers.get("content-type", "no content type"), 60)
    message = f"The answer ({response.status_code}, {content_type}) could not be read"
    if request.method == "GET":
        return UnusableAnswer(f"{message}.", hint=LATER if cut_off else ADDRESS, may_pass=cut_off)
    if is_json(response):
        message = f"The Waylay service reported success ({response.status_code}), but its answer could not be read."
        return _after_success(response, UnusableAnswer, message)
    return _after_success(response, UnusableAnswer, f"{message}{_STRANGE}.")


def too_large(request: Request, response: httpx.Response | None, most: int) -> UpstreamFailure:
    """Return the failure for a success whose body is larger than it may be; without a response, for a token's."""
    message = f"The answer of the Waylay service was larger than {most / 1_000_000:g} MB."
    if response is None:
        return UnusableAnswer("The gateway's token could not be read: its answer was too large.", hint=ADDRESS)
    if request.method == "GET":
        hint = "Ask for less at once. The person who runs this server can raise WAYLAY_MCP_MAX_ANSWER."
        return UnusableAnswer(message, hint=hint, answered=True)
    return _after_success(response, UnusableAnswer, message)


def about_another(request: Request) -> UpstreamFailure:
    """Return the failure for an answer about a task that was not asked for: something on the way mixed answers up."""
    message = "The answer was about another task than the one that was asked for."
    if request.method == "GET":
        hint = "Something between this server and Waylay, such as a cache, mixes answers up."
        return UnusableAnswer(message, hint=hint, may_pass=True)
    return UnusableAnswer(message, changed="unknown", hint=FIND_OUT)


def is_json(response: httpx.Response) -> bool:
    """Tell whether an answer calls itself JSON: an error page or a sign-in page in its place does not."""
    return "json" in response.headers.get("content-type", "").lower()


def _after_success(response: httpx.Response, kind: type[UpstreamFailure], message: str) -> UpstreamFailure:
    """Return the failure of a change that was said to be made, unless it was not the service that said so."""
    if is_json(response):
        return kind(message, changed="yes", hint=LOOK, answered=True)
    return kind(message, changed="unknown", hint=FIND_OUT)


def _unreachable(error: Exception) -> Unreachable:
    causes = list(_causes(error))
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes):
        message = "The gateway's TLS certificate was not accepted."
        return Unreachable(message, hint=f"{ADDRESS} SSL_CERT_FILE names a company's own authority.", may_pass=False)
    if any(isinstance(cause, ssl.SSLError) for cause in causes):
        return Unreachable("The gateway does not speak TLS the way this server does, or not at all.", hint=ADDRESS)
    if any(isinstance(cause, socket.gaierror) for cause in causes):
        return Unreachable("The gateway's host name is not known.", hint=ADDRESS)
    return Unreachable("No connection to the Waylay gateway.", hint=f"{ADDRESS} It may be down: {LATER.lower()}")


def _in_doubt(request: Request, kind: type[UpstreamFailure], message: str) -> UpstreamFailure:
    changed: Changed = "no" if request.method == "GET" else "unknown"
    return kind(message, changed=changed, hint=LATER if changed == "no" else FIND_OUT)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
