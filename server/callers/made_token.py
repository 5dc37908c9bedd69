"""Tokens that this program makes: long random texts, of which only a digest is kept.

They have 256 random bits, so that a plain SHA-256 is enough: what makes a password's hash slow is there for secrets
that can be guessed, and these cannot.
"""

import hashlib
import secrets

PREFIX = "waylay_mcp_"
"""What they begin with, so that they are known for what they are where they should not be."""


def make_token() -> str:
    """Return a new token."""
    return PREFIX + secrets.token_urlsafe(32)


def fingerprint(token: str) -> str:
    """Return the digest by which a token is known."""
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()
