"""Access tokens that an issuer signs: JSON Web Tokens (RFC 9068, and issuers that are less strict)."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, cast

from mcp.server.auth.provider import AccessToken

from server.callers.refused import TokenRefused
from server.callers.scopes import SCOPES
from server.issuers.published import Published

if TYPE_CHECKING:
    from joserfc.jwt import Token

_LONGEST = 16_384
"""Characters that a token may have; more is not even looked at."""

_LONGEST_NAME = 255
"""Characters that a subject may have (OpenID Connect Core 1.0, section 2)."""

_PROPER_TYPES = ("at+jwt", "application/at+jwt")
_TYPES = (*_PROPER_TYPES, "jwt", "")
_ONLY_IN_ID_TOKENS = ("nonce", "at_hash", "c_hash")
_CLAIMS = {
    "iss": "it is of another issuer",
    "sub": "it does not say whose it is",
    "aud": "it is meant for another server",
    "exp": "it has expired, or never does",
    "iat": "it is not valid yet",
    "nbf": "it is not valid yet",
}


class SignedTokens:
    """Accepts what one issuer signs for one audience.

    Args:
        issuer: The issuer, to the letter.
        audience: Whom its tokens have to be meant for, to the letter.
        published: Its keys.
        clock: Returns epoch seconds.
    """

    def __init__(self, issuer: str, audience: str, published: Published, clock: Callable[[], float]) -> None:
        self._issuer = issuer
        self._audience = audience
        self._published = published
        self._clock = clock

    async def verify(self, token: str) -> AccessToken:
        """Return what a token allows to whom.

        Raises:
            TokenRefused: it cannot be trusted, or is not meant for this.
            SignInFailed: the issuer cannot be asked for its keys.
        """
        from server.issuers.client import UNUSABLE
        from server.issuers.keys import Unsigned

        if len(token) > _LONGEST:
            raise TokenRefused("it is too long")
        try:
            signed = await self._signed(token)
        except Unsigned as reason:
            raise TokenRefused(str(reason)) from None
        try:
            self._check(signed)
            return self._read(signed.claims)
        except UNUSABLE:
            raise TokenRefused("a claim of it makes no sense") from None

    async def _signed(self, token: str) -> "Token":
        from server.issuers.keys import ALGORITHMS, UnknownKey, read_signed

        keys = await self._published.keys()
        try:
            return read_signed(token, keys, [*ALGORITHMS])
        except UnknownKey:
            newer = await self._published.newer(keys)
        try:
            return read_signed(token, newer, [*ALGORITHMS])
        except UnknownKey:
            raise TokenRefused("its signature is of no key of the issuer's") from None

    def _check(self, signed: "Token") -> None:
        from joserfc.errors import ClaimError
        from joserfc.jwt import JWTClaimsRegistry

        from server.issuers.keys import LEEWAY

        _check_kind(signed)
        wanted = JWTClaimsRegistry(
            int(self._clock()),
            LEEWAY,
            iss={"essential": True, "value": self._issuer},
            sub={"essential": True},
            aud={"essential": True, "value": self._audience},
            exp={"essential": True},
        )
        try:
            wanted.validate(signed.claims)
        except ClaimError as error:
            raise TokenRefused(_CLAIMS.get(error.claim, "a claim of it makes no sense")) from None

    def _read(self, claims: Mapping[str, Any]) -> AccessToken:
        if len(claims["sub"]) > _LONGEST_NAME or not claims["sub"].isprintable():
            raise ValueError("sub")
        program = next((claims[name] for name in ("client_id", "azp") if isinstance(claims.get(name), str)), "")
        return AccessToken(
            # The token itself goes no further than this: nothing behind it has any use for it.
            token="",
            client_id=program,
            scopes=[scope for scope in SCOPES if scope in _granted(claims)],
            expires_at=int(claims["exp"]),
            resource=self._audience,
            subject=claims["sub"],
            claims={"iss": self._issuer},
        )


def _check_kind(signed: "Token") -> None:
    """Refuse what is signed by the issuer and is no access token, or no good without a proof that goes with it.

    Raises:
        TokenRefused: saying what it is.
    """
    kind, claims = signed.header.get("typ", "").lower(), signed.claims
    if kind not in _TYPES:
        raise TokenRefused("it is no access token")
    if kind not in _PROPER_TYPES and any(name in claims for name in _ONLY_IN_ID_TOKENS):
        raise TokenRefused("it is an ID token, which says who somebody is and gives no access")
    if "cnf" in claims:
        raise TokenRefused("it is bound to a key of its holder's, which cannot be proved here")


def _granted(claims: Mapping[str, Any]) -> set[str]:
    """Return the scopes in a token: in `scope` (RFC 9068, section 2.2.3), or in `scp`, as some issuers call it."""
    found: set[str] = set()
    for given in (claims.get("scope"), claims.get("scp")):
        listed = given.split() if isinstance(given, str) else given
        if isinstance(listed, list):
            found.update(name for name in cast("list[object]", listed) if isinstance(name, str))
    return found
