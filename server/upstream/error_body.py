"""The service's own error body: what it says and which issues it names, without the credentials that it may repeat."""

import base64
import json
from collections.abc import Mapping
from typing import Any, cast

import httpx
from pydantic import ValidationError

from tools.models.entity import Issue
from tools.text import clean, quoted

_MAX_ERROR_TEXT = 300
_INITIALS = 3
"""Characters up to which a text is no secret; taking it out of an error would only spoil the error."""


def error_body(response: httpx.Response) -> Mapping[str, Any]:
    """Return the service's own error body, empty when it is not one (HTML, cut off, something else)."""
    try:
        body = json.loads(without_secrets(response))
    except (ValueError, RecursionError):
        return {}
    return cast("Mapping[str, Any]", body) if isinstance(body, dict) and "error" in body else {}


def said(body: Mapping[str, Any]) -> str:
    """Return what an error body says, for the end of a sentence."""
    text = clean(body.get("error") or "", _MAX_ERROR_TEXT).rstrip(".")
    return f": {quoted(text, _MAX_ERROR_TEXT)}" if text else ""


def issues(body: Mapping[str, Any]) -> list[Issue]:
    """Return the issues that an error body names, none when they are not what they should be."""
    details = body.get("details")
    try:
        return [Issue.model_validate(issue) for issue in cast("list[object]", details)] if details else []
    except (ValidationError, TypeError):
        return []


def without_secrets(response: httpx.Response) -> str:
    """Return the text of an answer without the credentials that its request carried, should it repeat them.

    JSON is UTF-8, whatever the answer calls it: some of what it could call it Python would unpack.
    """
    text = response.content.decode(errors="replace")
    for secret in _secrets_of(response.request.headers.get("authorization", "")):
        text = text.replace(secret, "…")
    return text


def _secrets_of(authorization: str) -> list[str]:
    scheme, _, sent = authorization.partition(" ")
    pair = base64.b64decode(sent).decode(errors="replace") if scheme == "Basic" else ""
    return [secret for secret in (sent, *pair.partition(":")[::2]) if len(secret) > _INITIALS]
