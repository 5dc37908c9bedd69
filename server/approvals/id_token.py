"""ID tokens: the issuer's signed word about who signed in (OpenID Connect Core 1.0, section 3.1.3.7)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from server.issuers.client import UNUSABLE
from server.issuers.keys import LEEWAY, Unsigned, read_signed
from server.issuers.sign_in_failed import SignInFailed

if TYPE_CHECKING:
    from joserfc.jwk import KeySet

_CLAIMS = {
    "iss": "it is of another issuer",
    "sub": "it does not say who signed in",
    "aud": "it is meant for another client",
    "azp": "it is meant for another client",
    "exp": "it has expired, or never does",
    "iat": "it is not valid yet",
    "nbf": "it is not valid yet",
    "nonce": "it belongs to another sign-in",
    "at_hash": "it belongs to another access token",
}


@dataclass(frozen=True, slots=True)
class Expected:
    """What an ID token has to say.

    Attributes:
        issuer: Who issued it.
        client_id: For whom.
        nonce: For which sign-in.
        access_token: What was issued beside it, if anything was.
        now: Epoch seconds.
    """

    issuer: str
    client_id: str
    nonce: str = field(repr=False)
    access_token: str | None = field(repr=False)
    now: float


def read_id_token(token: str, keys: "KeySet", algorithms: list[str], expected: Expected) -> Mapping[str, Any]:
    """Return the claims of an ID token that proved to be the issuer's, for this client and this sign-in.

    Args:
        token: The token.
        keys: The issuer's.
        algorithms: Ways of signing that are accepted, at least one.
        expected: What it has to say.

    Raises:
        UnknownKey: none of the keys made its signature.
        SignInFailed: it cannot be trusted.
    """
    try:
        decoded = read_signed(token, keys, algorithms)
    except Unsigned as reason:
        raise untrusted(expected.issuer, str(reason)) from None
    _check(decoded.claims, decoded.header, expected)
    return decoded.claims


def untrusted(issuer: str, reason: str) -> SignInFailed:
    """Return the failure for an ID token, with the reason as half a sentence."""
    return SignInFailed(f"The ID token of the issuer {issuer} cannot be trusted: {reason}. Nobody was signed in.")


def _check(claims: dict[str, Any], header: dict[str, Any], expected: Expected) -> None:
    from authlib.oidc.core import CodeIDToken
    from joserfc.errors import ClaimError

    needed = {"sub": {"essential": True}, "iss": {"essential": True, "value": expected.issuer}}
    options: Any = {**needed, "aud": {"essential": True, "value": expected.client_id}}
    given = {"nonce": expected.nonce, "client_id": expected.client_id, "access_token": expected.access_token}
    said: Any = CodeIDToken(claims, header, options, given)
    try:
        said.validate(int(expected.now), LEEWAY)
    except ClaimError as error:
        raise untrusted(expected.issuer, _CLAIMS.get(error.claim, "a claim of it makes no sense")) from None
    except UNUSABLE:
        raise untrusted(expected.issuer, "a claim of it makes no sense") from None
