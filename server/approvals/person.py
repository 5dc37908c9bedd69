"""Who sits before the approval page."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Person:
    """A person who decides.

    Attributes:
        name: What others know them by; safe to show.
        identity: Issuer and subject of who signed in, as `Caller.identity` has them; empty for whoever runs this
            process.
    """

    name: str
    identity: str
