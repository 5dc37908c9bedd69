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
from server.calling.ending import INTERRUPTED, NoResult, failed, show, show_last, status_of
from server.calling.interrupts import interrupts_held, on_interrupt
from server.calling.notes import notes_on
from server.calling.terminal import AtTheTerminal
from server.errors import Changed, fault
from server.guard.policy import Policy
from server.observing.exporting import sending_spans
from server.printed import show_beside
from server.ready import ready_server
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

    async def ended() -> int:
        return await _Typed(operation, arguments, terminal, settings, as_json=as_json).ended(running)

    # The last spans may take a while to send: Ctrl-C is not to hide meanwhile what the call came to.
    with interrupts_held(), sending_spans():
        status = anyio.run(ended)
    # What the log could not write would fail once more at the end of the process, and change its status.
    show_beside("")
    return status


class _Typed:
    """A call that somebody typed; made inside the event loop.

    Args:
        operation: What is called.
        arguments: With what.
        terminal: Where they sit, if they do.
        settings: The server's.
        as_json: Whether data is printed.
    """

    def __init__(
        self,
        operation: AnyOperation,
        arguments: dict[str, Any],
        terminal: AtTheTerminal,
        settings: Settings,
        *,
        as_json: bool,
    ) -> None:
        self._operation = operation
        self._arguments = arguments
        self._terminal = terminal
        self._settings = settings
        self._as_json = as_json
        self._scope = anyio.CancelScope()
        self._result: CallToolResult | None = None
        self._status = INTERRUPTED
        self._shown = False

    @property
    def _in_doubt(self) -> Changed:
        """What can be said of the tenant where nothing is known of the call."""
        return "no" if self._operation.effect is Effect.READ else "unknown"

    async def ended(self, running: Running) -> int:
        """Make the call, show its result, or what there is to say instead, and return the exit status."""
        began = time.time()
        try:
            async with Conversation(running.server, self._terminal) as conversation:
                on_interrupt(self._stop, self._leave)
                self._end(
                    await self._answer(conversation)
                    or failed(await what_came_of(conversation, self._operation, self._arguments, began))
                )
        finally:
            await running.aclose()
        return self._status

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

    def _end(self, result: CallToolResult) -> None:
        # Before anything is closed or printed, which may take long, or not be possible.
        self._status = INTERRUPTED if self._terminal.interrupted else status_of(result)
        self._result = result
        show(result, as_json=self._as_json)
        self._shown = True
        for note in notes_on(result, self._operation, self._settings, asked=self._terminal.is_there()):
            self._terminal.say(note)

    def _stop(self) -> None:
        if self._result is not None:
            # It came first, and is shown already.
            return
        if self._operation.effect is not Effect.READ:
            self._terminal.say(_FINDING_OUT)
        self._scope.cancel()

    def _leave(self) -> None:
        """End the process as if it were killed, which the journal is made for: what was begun is found out later."""
        try:
            if self._result is None:
                show_last(failed(given_up(self._in_doubt)), as_json=self._as_json)
            elif not self._shown:
                # stdout has a part of it already, and takes no more.
                show_last(self._result, as_json=False)
        finally:
            os._exit(self._status)
