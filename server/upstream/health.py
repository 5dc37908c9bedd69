"""How the way to the gateway is, for whoever asks from outside a call."""

from dataclasses import dataclass
from typing import Literal

Circuit = Literal["closed", "open", "half_open"]
"""`closed` lets requests through, `open` refuses them, `half_open` lets one through to see whether it is over."""


@dataclass(frozen=True, slots=True)
class Health:
    """How the way to the gateway is now.

    Attributes:
        circuit: Whether requests are let through. One that is open becomes half open by itself when its time is over:
            whoever keeps calls away while it is open has to let them come again then.
        open_seconds: Seconds since it was opened; 0 while it is closed.
        retry_seconds: Seconds until a request is let through again; 0 unless it is open.
        in_flight: Requests that are under way.
        waiting: Requests that wait for their turn.
    """

    circuit: Circuit = "closed"
    open_seconds: float = 0
    retry_seconds: float = 0
    in_flight: int = 0
    waiting: int = 0
