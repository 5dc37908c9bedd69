"""Random texts that somebody outside holds. The store keeps their digests alone, so reading it gives nobody one."""

import hashlib
import secrets

CONFIRMATION = "c."
"""What a confirmation begins with, so that it is known for what it is where it should not be."""


def new_handle() -> str:
    """Return 128 random bits as text."""
    return secrets.token_urlsafe(16)


def new_key() -> str:
    """Return 256 random bits as text."""
    return secrets.token_urlsafe(32)


def digest_of(handle: str) -> str:
    """Return what the store keeps of a handle."""
    # A handle that was made up may hold characters that no encoding has.
    return hashlib.sha256(handle.encode(errors="surrogatepass")).hexdigest()
