"""One call to the server that these settings describe, which lives as long as the call."""

import logging
import os
import time
from typing import Any

import anyio
from mcp.shared.exceptions import MCPError
from mcp.types import CallToolResult

from server.app import Running
from server.approvals.pages import page_over_stdio
from server.calling.aftermath import given_up, what_came_of
from server.calling.conversation import Conversation
from server.calling.ending import INTERRUPTED, NoResult, failed, show, status_of
from server.calling.interrupts import interrupts
from server.calling.notes import notes_on
from server.calling.terminal import AtTheTerminal
from server.errors import Changed
from server.guard.policy import Policy
from server.observing.exporting import sending_spans
from server.ready import ready_server
from server.running_calls import fault
from server.settings import Settings
from server.state import store_for
from tools.contract import AnyOperation, Effect

logger = logging.getLogger("waylay_tasks_mcp.calling")

_FINDING_OUT = "Interrupted. Finding out whether anything was changed; Ctrl-C again leaves at once."


def call(
    settings: Settings, policy: Policy, operation: AnyOperation, arguments: dict[str, Any], *, as_json: bool
) -> int:
    """Call a tool, print what comes of it, and return the exit status.

    Raises:
        SettingsError: a file of the sandbox's or the audit's cannot be used.
    """
    store = store_for(settings)
    running = ready_server(settings, store, page_over_stdio(settings, store, time.time), policy=policy)
    terminal = AtTheTerminal()

    async def result_of() -> CallToolResult:
        return await _Typed(operation, arguments, terminal, as_json=as_json).result(running)

    with sending_spans():
        result = anyio.run(result_of)
    show(result, as_json=as_json)
    for note in notes_on(result, operation, settings, asked=terminal.is_there()):
        terminal.say(note)
    return INTERRUPTED if terminal.interrupted else status_of(result)


class _Typed:
    """A call that somebody typed; made inside the event loop.

    Args:
        operation: What is called.
        arguments: With what.
        terminal: Where they sit, if they do.
        as_json: Whether data is printed.
    """

    def __init__(
        self, operation: AnyOperation, arguments: dict[str, Any], terminal: AtTheTerminal, *, as_json: bool
    ) -> None:
        self._operation = operation
        self._arguments = arguments
        self._terminal = terminal
        self._as_json = as_json
        self._scope = anyio.CancelScope()

    @property
    def _in_doubt(self) -> Changed:
        """What can be said of the tenant where nothing is known of the call."""
        return "no" if self._operation.effect is Effect.READ else "unknown"

    async def result(self, running: Running) -> CallToolResult:
        """Make the call, and return its result, or what there is to say instead."""
        began = time.time()
        try:
            async with Conversation(running.server, self._terminal) as conversation:
                with interrupts(self._stop, self._leave):
                    return await self._answer(conversation) or failed(
                        await what_came_of(conversation, self._operation, self._arguments, began)
                    )
        finally:
            await running.aclose()

    async def _answer(self, conversation: Conversation) -> CallToolResult | None:
        """Return the server's answer; None where the call was interrupted."""
        with self._scope:
            try:
                return await conversation.call(self._operation.name, self._arguments)
            except MCPError as error:
                return failed(NoResult(error.error.message, changed=self._in_doubt))
            except Exception:
                logger.exception("the call of %s failed", self._operation.name)
                return failed(fault(self._in_doubt))
        return None

    def _stop(self) -> None:
        if self._operation.effect is not Effect.READ:
            self._terminal.say(_FINDING_OUT)
        self._scope.cancel()

    def _leave(self) -> None:
        """End the process as if it were killed, which the journal is made for: what was begun is found out later."""
        show(failed(given_up(self._in_doubt)), as_json=self._as_json)
        os._exit(INTERRUPTED)
