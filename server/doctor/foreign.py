"""Answers that are not Waylay's: who else may have answered, and why."""

import re
from http import HTTPStatus
from typing import Any
from urllib.parse import SplitResult, urlsplit

from server.doctor.asking import Asked
from server.doctor.check import Finding, problem
from server.doctor.target import Target
from server.settings_checks import DEFAULT_GATEWAY
from server.upstream.error_body import said
from tools.text import clean, quoted

_TITLE = re.compile(r"<title[^>]*>([^<]{1,400})", re.IGNORECASE)
_BLOCKED = (HTTPStatus.FORBIDDEN, HTTPStatus.UNAVAILABLE_FOR_LEGAL_REASONS, HTTPStatus.NOT_ACCEPTABLE)


def foreign(asked: Asked[Any], target: Target) -> Finding:
    """Return who may have answered in Waylay's place.

    Args:
        asked: What came of a question.
        target: Whom it was put to.
    """
    if asked.location:
        return _redirected(asked, target)
    if asked.status in _BLOCKED and asked.is_page:
        return _blocked(asked, target)
    path = target.url.path.strip("/")
    if path:
        return _has_a_path(asked, target, path)
    if asked.is_page:
        return _page(asked, target)
    if asked.failure is not None and asked.own:
        says = f"{_host(target)} answers, but has no Tasks API there ({asked.status}{said(asked.own)})."
        return problem(says, _address(), cause="other service", status=asked.status)
    says = f"{_host(target)} answers, but not as Waylay does ({asked.status}): another service is there."
    return problem(says, _address(), cause="other service", status=asked.status)


def _redirected(asked: Asked[Any], target: Target) -> Finding:
    to = _taken_apart(asked.location)
    same = (to.hostname or target.host) == target.host
    if same and to.scheme == "https" and target.url.scheme == "http":
        cure = f"Set WAYLAY_GATEWAY_URL=https://{target.host}"
        return problem(f"{_host(target)} wants https:// ({asked.status}).", cure, cause="needs https")
    where = clean(f"{to.scheme}://{to.hostname}" if to.hostname else "another page", 100)
    says = f"{_host(target)} leads elsewhere ({asked.status} to {where}), which is not followed."
    cure = (
        "If that is a page to sign in to this network (captive portal), sign in there with a browser. Otherwise look "
        "at WAYLAY_GATEWAY_URL: it has to be the API's address, not that of the console."
    )
    return problem(says, cure, cause="redirect", status=asked.status)


def _taken_apart(location: str) -> SplitResult:
    try:
        return urlsplit(location)
    except ValueError:
        return urlsplit("")


def _blocked(asked: Asked[Any], target: Target) -> Finding:
    says = (
        f"Something before {target.host} refuses with a web page ({asked.status}{_title(asked)}): a firewall or proxy."
    )
    cure = f"Ask whoever runs the firewall or the proxy of this network to let requests to {target.host} through."
    return problem(says, cure, cause="blocked", status=asked.status)


def _has_a_path(asked: Asked[Any], target: Target, path: str) -> Finding:
    says = f"{_host(target)} answers, but not as Waylay does below /{clean(path, 60)} ({asked.status})."
    cure = f"Leave the path out: WAYLAY_GATEWAY_URL={target.url.scheme}://{target.url.netloc.decode()}"
    return problem(says, cure, cause="path", status=asked.status)


def _page(asked: Asked[Any], target: Target) -> Finding:
    says = f"A web page comes back from {_host(target)} ({asked.status}{_title(asked)}), not the Tasks API."
    address = f"{_address()[:-1]}, not that of the console."
    portal = "If this network wants a sign-in first (captive portal), sign in there with a browser. Otherwise: "
    cure = f"{portal if asked.status == HTTPStatus.OK else ''}{address}"
    return problem(says, cure, cause="web page", status=asked.status)


def _title(asked: Asked[Any]) -> str:
    """Return what a page calls itself, as the end of what stands in brackets."""
    found = _TITLE.search(asked.body)
    return f", {quoted(found[1], 60)}" if found and clean(found[1]) else ""


def _host(target: Target) -> str:
    return f"{target.host}:{target.port}"


def _address() -> str:
    return f"Look at WAYLAY_GATEWAY_URL: it has to be the API's address, as {DEFAULT_GATEWAY}."
