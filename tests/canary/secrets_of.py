"""Which texts are secrets in this run: the collector learns them as they are made and used."""

import re
from urllib.parse import urlsplit

_SHORTEST = 12
"""Characters below which a secret of a test is a word that stands elsewhere, too."""

_DIFFERENT = 6
"""Different characters below which it is a filler, as tests also use in other places."""

_HANDLE = re.compile(r"[A-Za-z0-9_-]{16,}")


class Secrets:
    """What must not be found.

    Attributes:
        credentials: Secrets that are configured or sent along, each with what it is: nowhere.
        handles: Secrets that are made by the thousand, each with its kind: in no record of what went on.
    """

    def __init__(self) -> None:
        self.credentials: dict[str, str] = {}
        self.handles: dict[str, str] = {}

    def credential(self, value: str, what: str) -> None:
        """Learn a credential, or the password of an address."""
        secret = _password(value) if "://" in value else value
        if len(secret) >= _SHORTEST and len(set(secret)) >= _DIFFERENT:
            self.credentials.setdefault(secret, what)

    def handle(self, value: str, kind: str) -> None:
        """Learn a handle or a token, by its longest part that nothing divides: of a signed one, the signature."""
        parts = _HANDLE.findall(value)
        if parts:
            self.handles.setdefault(parts[-1], kind)


def _password(address: str) -> str:
    """Return the password in an address; what is no address has none, and a test may well use one that is none."""
    try:
        return urlsplit(address).password or ""
    except ValueError:
        return ""
