"""prompts/list and prompts/get."""

from typing import TYPE_CHECKING, Any

from mcp.server.context import ServerRequestContext
from mcp.shared.exceptions import MCPError
from mcp.types import (
    INVALID_PARAMS,
    GetPromptRequestParams,
    GetPromptResult,
    ListPromptsResult,
    PaginatedRequestParams,
    PromptArgument,
    PromptMessage,
    TextContent,
)
from mcp.types import Prompt as PromptEntry

from server.callers.permission import allowed
from server.cursors import refuse_cursor
from tools.text import without_invisible

if TYPE_CHECKING:
    from prompts.catalog import Prompt


class Prompting:
    """Serves the prompts that only name tools which this server offers to who is asking.

    Args:
        tools: The names of the offered tools.
    """

    def __init__(self, tools: frozenset[str]) -> None:
        self._tools = tools
        self._loaded: dict[str, Prompt] | None = None

    async def list(
        self, context: ServerRequestContext[Any], params: PaginatedRequestParams | None
    ) -> ListPromptsResult:
        """Answer prompts/list."""
        refuse_cursor(params)
        return ListPromptsResult(prompts=[_entry(prompt) for prompt in self._offered().values()])

    async def get(self, context: ServerRequestContext[Any], params: GetPromptRequestParams) -> GetPromptResult:
        """Answer prompts/get.

        Raises:
            MCPError: -32602, there is no such prompt, or its arguments do not fit.
        """
        prompt = self.find(params.name)
        from prompts.catalog import PromptError

        try:
            text = prompt.fill(without_invisible(params.arguments or {}))
        except PromptError as error:
            raise MCPError(INVALID_PARAMS, f"{prompt.name}: {error}") from None
        message = PromptMessage(role="user", content=TextContent(type="text", text=text))
        return GetPromptResult(description=prompt.description, messages=[message])

    def find(self, name: str) -> "Prompt":
        """Return a prompt that is offered to who is asking.

        Raises:
            MCPError: -32602, there is none of that name.
        """
        offered = self._offered()
        prompt = offered.get(name)
        if prompt is None:
            raise MCPError(INVALID_PARAMS, f"Unknown prompt. The prompts are {', '.join(offered)}.")
        return prompt

    def _offered(self) -> dict[str, "Prompt"]:
        tools = {*allowed(self._tools)}
        return {name: prompt for name, prompt in self._prompts.items() if prompt.tools <= tools}

    @property
    def _prompts(self) -> dict[str, "Prompt"]:
        """The prompts, read when they are first asked for."""
        if self._loaded is None:
            from prompts.catalog import load_prompts

            self._loaded = {prompt.name: prompt for prompt in load_prompts() if prompt.tools <= self._tools}
        return self._loaded


def _entry(prompt: "Prompt") -> PromptEntry:
    arguments = [
        PromptArgument(name=argument.name, description=argument.description, required=argument.required)
        for argument in prompt.arguments
    ]
    return PromptEntry(name=prompt.name, title=prompt.title, description=prompt.description, arguments=arguments)
