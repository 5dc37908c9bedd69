"""How much a consent is worth: by the way it was given, and by how much the person was shown."""

from server.guard.consent import Way
from server.guard.policy import STRICTNESS, Requirement, Ruling
from tools.contract import Preview
from tools.telling import tells_all

_ENOUGH: dict[Way, Requirement] = {"token": "confirm", "question": "human", "page": "approver"}
"""The strictest requirement that each way of consenting meets."""


def enough(way: Way, preview: Preview) -> Requirement:
    """Return the strictest requirement that a consent meets; to a question that leaves something out, a token's."""
    return _ENOUGH[way if way != "question" or tells_all(preview) else "token"]


def suffices(way: Way, preview: Preview, ruling: Ruling) -> bool:
    """Tell whether a consent that is given that way, to what the preview shows, meets the ruling."""
    return STRICTNESS.index(ruling.requirement) <= STRICTNESS.index(enough(way, preview))
