"""The task that an operation is about, as a policy sees it."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Target:
    """Facts of a fetched task that policy rules are judged on: the service's own values, not cleaned for showing.

    Attributes:
        id: Its identifier.
        name: Its name.
        status: Its status, in the service's words.
        type: How it runs: periodic, scheduled, onetime or reactive.
        template: The template that it was made from.
        resources: All resources that it is about.
        tags: Its tags, whose values may be any JSON.
        protected: Whether its specification marks it as protected.
    """

    id: str
    name: str
    status: str
    type: str | None
    template: str | None
    resources: tuple[str, ...]
    tags: Mapping[str, object]
    protected: bool
