"""completion/complete."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from mcp.server.context import ServerRequestContext
from mcp.shared.exceptions import MCPError
from mcp.types import INVALID_PARAMS, CompleteRequestParams, CompleteResult, PromptReference

from server.completing.found import Found
from server.prompting import Prompting
from server.resources.catalog import LIVE, TASK_ID
from server.resources.offer import Offer

if TYPE_CHECKING:
    from server.completing.completer import Completer


class Completing:
    """Completes arguments of prompts, and the variable in the addresses of resources.

    Args:
        prompting: Knows the prompts.
        offer: Tells which resources there are for who is asking.
        completer: Returns what completes.
    """

    def __init__(self, prompting: Prompting, offer: Offer, completer: "Callable[[], Completer]") -> None:
        self._prompting = prompting
        self._offer = offer
        self._completer = completer

    async def complete(self, context: ServerRequestContext[Any, Any], params: CompleteRequestParams) -> CompleteResult:
        """Answer completion/complete.

        Raises:
            MCPError: -32602, there is no such prompt, resource template or argument.
        """
        reference, argument = params.ref, params.argument
        is_prompt = isinstance(reference, PromptReference)
        kind = (
            self._of_prompt(reference.name, argument.name)
            if is_prompt
            else self._of_template(reference.uri, argument.name)
        )
        found = await self._completer().complete(context, kind, argument.value) if kind else Found()
        return CompleteResult(completion=found.completion)

    def _of_prompt(self, name: str, argument: str) -> str | None:
        """Return what an argument of a prompt is; None for free text.

        Raises:
            MCPError: there is none of that name.
        """
        from server.completing.kinds import kind_of

        arguments = {one.name: one for one in self._prompting.find(name).arguments}
        if argument not in arguments:
            raise MCPError(INVALID_PARAMS, f"{name} has no such argument. It has {', '.join(arguments) or 'none'}.")
        return kind_of(arguments[argument])

    def _of_template(self, uri: str, variable: str) -> str:
        templates = [one.uri for one in self._offer.of(LIVE) if one.is_template]
        if uri not in templates or variable != TASK_ID:
            known = " and ".join(templates) or "none"
            raise MCPError(INVALID_PARAMS, f"Unknown resource template or variable. Completed is {TASK_ID} of {known}.")
        return "task"
