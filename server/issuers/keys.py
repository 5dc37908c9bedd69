"""An issuer's keys, and what is signed with them."""

import warnings
from typing import TYPE_CHECKING, Any

from server.issuers.client import UNUSABLE

if TYPE_CHECKING:
    from joserfc.jwk import Key, KeySet
    from joserfc.jwt import Token

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
"""Signatures that only the issuer can make: neither none, nor what whoever knows a client's secret could sign."""

LEEWAY = 60
"""Seconds that the issuer's clock may differ from ours."""

_KEY_TYPES = ("RSA", "EC")


class UnknownKey(Exception):
    """No key that is known made the signature; the issuer may have new ones."""


class Unsigned(Exception):
    """A token that cannot be read, or is signed in a way that proves nothing. The text is half a sentence."""


def read_keys(document: Any) -> "KeySet":
    """Return the issuer's keys. What is no key, or one too weak, is passed over (RFC 7517, section 5).

    Raises:
        ValueError: there is no key, or none was listed as they should be.
    """
    from joserfc.jwk import KeySet

    keys = [key for entry in document["keys"] if (key := _key(entry)) is not None]
    if not keys:
        raise ValueError("no keys")
    return KeySet(keys)


def _key(entry: Any) -> "Key | None":
    from joserfc.errors import JoseError, SecurityWarning
    from joserfc.jwk import import_key

    if not isinstance(entry, dict) or entry.get("kty") not in _KEY_TYPES:  # pyright: ignore[reportUnknownMemberType]
        return None
    with warnings.catch_warnings():
        # What the library warns of, an RSA key of less than 2048 bits, is no key.
        warnings.simplefilter("error", SecurityWarning)
        try:
            return import_key(entry)  # pyright: ignore[reportUnknownArgumentType]
        except (JoseError, SecurityWarning, *UNUSABLE):
            return None


def read_signed(token: str, keys: "KeySet", algorithms: list[str]) -> "Token":
    """Return a token that one of the keys has signed; where it says that keys are found is not looked at.

    Args:
        token: The token.
        keys: The issuer's.
        algorithms: Ways of signing that are accepted, at least one.

    Raises:
        UnknownKey: none of the keys made its signature.
        Unsigned: it proves nothing.
    """
    from joserfc import errors, jwt
    from joserfc.jws import JWSRegistry

    try:
        # Header fields that are not known are to be ignored (RFC 7515, section 4); critical ones are still refused.
        return jwt.decode(token, keys, registry=JWSRegistry(algorithms=algorithms, strict_check_header=False))
    except (errors.InvalidKeyIdError, errors.BadSignatureError):
        raise UnknownKey from None
    except errors.UnsupportedAlgorithmError:
        raise Unsigned("it is signed in a way that is not accepted") from None
    except (errors.JoseError, *UNUSABLE):
        raise Unsigned("it cannot be read") from None
