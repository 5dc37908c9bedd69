"""What a token says of itself. Nobody's signature is checked here: that is for the service to do."""

import time
from collections.abc import Iterable, Mapping
from typing import Any, cast

import jwt
from pydantic import SecretStr

from tools.text import clean, iso, quoted, span

_GRANTS = ("permissions", "scope", "scopes", "roles", "groups")
"""Claims that may say what its bearer may do. Which of them Waylay has is not documented."""

_MOST = 8
_MINUTE = 60_000


def claims_of(token: SecretStr) -> Mapping[str, Any]:
    """Return what a token says, nothing where it cannot be read: it need not be a JWT."""
    try:
        return jwt.decode(token.get_secret_value(), options={"verify_signature": False})
    except (jwt.PyJWTError, ValueError, RecursionError):
        return {}


def expiry(claims: Mapping[str, Any]) -> float | None:
    """Return when it expires, in epoch seconds; None where it does not say so."""
    at: object = claims.get("exp")
    return float(at) if isinstance(at, int | float) and not isinstance(at, bool) and abs(at) < 1e12 else None  # noqa: PLR2004 - thirty thousand years


def tenant(claims: Mapping[str, Any]) -> str | None:
    """Return the tenant that it is for, safe to show."""
    value: object = claims.get("tenant")
    return quoted(value, 60) if isinstance(value, str) and value else None


def whose(claims: Mapping[str, Any]) -> str:
    """Return of which tenant and user it is, for the middle of a sentence; nothing where it does not say so."""
    subject: object = claims.get("sub")
    found = [f"of tenant {tenant(claims)}"] if tenant(claims) else []
    found += [f"for {quoted(subject, 60)}"] if isinstance(subject, str) and subject else []
    return " ".join(found)


def grants(claims: Mapping[str, Any]) -> str:
    """Return what it says that its bearer may do, as a sentence."""
    for name in _GRANTS:
        values = _texts(claims.get(name))
        if values:
            more = f" and {len(values) - _MOST} more" if len(values) > _MOST else ""
            return f"The token's {name}: {', '.join(clean(value, 40) for value in values[:_MOST])}{more}."
    return ""


def moment(seconds: float) -> str:
    """Return a time, and how far it is away."""
    away = round((seconds - time.time()) * 1000)
    size = abs(away)
    whole = max(_MINUTE, size - size % (_MINUTE if size < 120 * _MINUTE else 60 * _MINUTE))
    said = span(whole) if whole < 48 * 60 * _MINUTE else f"{whole // 86_400_000} d"
    return f"{iso(round(seconds * 1000))}, {f'in {said}' if away >= 0 else f'{said} ago'}"


def _texts(value: object) -> list[str]:
    if isinstance(value, str):
        return value.split()
    items = cast("Iterable[object]", value) if isinstance(value, list) else ()
    return [item for item in items if isinstance(item, str)]
