"""Counting that fails no call: where it is kept may be full, or gone."""

import logging
from collections.abc import Callable
from typing import ParamSpec

logger = logging.getLogger("waylay_tasks_mcp.observing")

GivenP = ParamSpec("GivenP")


class Unfailing:
    """Counts, as long as that can be done; the first time that it cannot is logged."""

    def __init__(self) -> None:
        self._failed = False

    def __call__(self, count: Callable[GivenP, None], *args: GivenP.args, **kwargs: GivenP.kwargs) -> None:
        """Count something; the arguments are those of `count`."""
        try:
            count(*args, **kwargs)
        except Exception as error:  # noqa: BLE001 - what was done must not seem undone because it was not counted
            if not self._failed:
                self._failed = True
                logger.error("what is counted is not complete any more: %s", why(error))  # noqa: TRY400 - no traceback


def why(error: Exception) -> str:
    """Return what went wrong, without the path."""
    return (error.strerror if isinstance(error, OSError) else None) or type(error).__name__
