"""Links from results to resources, for people to open in hosts that show them."""

import logging
from collections.abc import Mapping

from mcp.types import Annotations, CallToolResult, InputRequiredResult, ResourceLink

from server.journal.visit import Visit
from server.resources.addresses import configuration_uri, task_uri
from server.resources.catalog import CONFIGURATION, TASK
from server.resources.kinds import Live
from server.resources.offer import Offer

logger = logging.getLogger("waylay_tasks_mcp.links")

_SINCE = "2025-06-18"
"""The revision of the protocol that has links: clients of older ones would refuse the whole result."""

_FROM: Mapping[str, Live] = {
    "get_task": TASK,
    "create_task": TASK,
    "replace_task": TASK,
    "start_task": TASK,
    "stop_task": TASK,
    "get_task_configuration": CONFIGURATION,
}
"""What the results of operations link to. A list links to nothing: each of its rows would cost as much again."""

_FOR_THE_USER = Annotations(audience=["user"])
"""The assistant has the ID, and the tools that take it."""


class Links:
    """Adds links.

    Args:
        offer: Tells which resources there are for who is asking.
    """

    def __init__(self, offer: Offer) -> None:
        self._offer = offer

    def added(
        self, result: CallToolResult | InputRequiredResult, visit: Visit, version: str
    ) -> CallToolResult | InputRequiredResult:
        """Return the result of a call with the link to its task, where it is about one and links can be used.

        Args:
            result: The result.
            visit: What came of the call.
            version: The protocol's revision that the client speaks.
        """
        done = isinstance(result, CallToolResult) and not result.is_error and visit.outcome == "done"
        link = self._link_or_none(visit) if done and version >= _SINCE else None
        if link is None or not isinstance(result, CallToolResult):
            return result
        result.content.append(link)
        return result

    def _link_or_none(self, visit: Visit) -> ResourceLink | None:
        """Return the link, if one can be made: by now the call is done, whatever its result is shown with."""
        try:
            return self._link(visit)
        except Exception:
            logger.exception("a result goes out without its link")
            return None

    def _link(self, visit: Visit) -> ResourceLink | None:
        """Return the link; None for what links to nothing, or to what is not offered."""
        operation = visit.performed.operation.name if visit.performed else visit.operation
        resource, task_id = _FROM.get(operation), visit.task_id
        if resource is None or task_id is None or not self._offer.of([resource]):
            return None
        return ResourceLink(
            uri=task_uri(task_id) if resource is TASK else configuration_uri(task_id),
            name=resource.name,
            mime_type=resource.mime_type,
            annotations=_FOR_THE_USER,
        )
