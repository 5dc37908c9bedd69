"""The caller of an MCP request: who it is, and how its user is asked in either protocol era.

Since 2026-07-28 a question goes back as the call's result, and the client calls again with the answer. Before that
the server asks while the call waits, which needs a channel back to the client: stateless HTTP has none.
"""

from contextlib import suppress
from typing import Any

import anyio
from mcp.server.auth.middleware.auth_context import get_access_token
from mcp.server.auth.provider import principal_components
from mcp.server.context import ServerRequestContext
from mcp.shared.exceptions import MCPError
from mcp.types import CallToolRequestParams, ElicitRequest, ElicitRequestFormParams, ElicitResult, InputRequiredResult
from mcp.types.version import MODERN_PROTOCOL_VERSIONS
from pydantic import ValidationError

from server.callers.identity import identity_of
from server.guard.caller import Answer, Returned
from server.guard.verdicts import Question
from server.person import account
from tools.text import clean

_FIELD = "confirm"
_ANSWERS = {"decline": Answer.DECLINED, "cancel": Answer.CANCELLED}


class RequestCaller:
    """The caller behind one `tools/call`."""

    def __init__(self, context: ServerRequestContext[Any, Any], params: CallToolRequestParams) -> None:
        self._context = context
        self._params = params
        self._modern = context.protocol_version in MODERN_PROTOCOL_VERSIONS

    @property
    def principal(self) -> str:
        """The authenticated identity, and the session of clients that have one."""
        token = get_access_token()
        identity = "" if token is None else str(principal_components(token))
        headers: Any = getattr(self._context.request, "headers", {})
        return f"{identity} {'' if self._modern else headers.get('mcp-session-id', '')}"

    @property
    def identity(self) -> str:
        """Issuer and subject of who signed in; of a token of this server's own, what it is called."""
        token = get_access_token()
        return "" if token is None else identity_of(token)

    @property
    def is_remote(self) -> bool:
        """Whether the call came over HTTP."""
        return self._context.request is not None

    @property
    def name(self) -> str:
        """The subject, or the account that runs this server where its own host calls."""
        token = get_access_token()
        if token is not None:
            return clean(token.subject or token.client_id)
        return "somebody who did not sign in" if self.is_remote else account()

    @property
    def client(self) -> str:
        """The client's name and version, by its own word."""
        params = self._context.session.client_params
        info = params.client_info if params else None
        return clean(f"{info.name} {info.version}") if info else ""

    @property
    def can_ask(self) -> bool:
        """Whether the client declared forms, and a question can reach it."""
        capabilities = self._context.session.client_capabilities
        declared = capabilities.elicitation if capabilities else None
        if declared is None or (declared.form is None and declared.url is not None):
            return False
        return self._modern or self._context.session.can_send_request

    @property
    def returned(self) -> Returned | None:
        """The answer to a question of an earlier round."""
        handle = self._params.request_state
        if not self._modern or handle is None:
            return None
        return Returned(handle, _answer((self._params.input_responses or {}).get(_FIELD)))

    async def ask(self, question: str, label: str, seconds: float) -> Answer | None:
        """Ask while the call waits; None in the era in which the question is handed back."""
        if self._modern:
            return None
        try:
            with anyio.fail_after(seconds):
                schema = _form(label)
                return _answer(await self._context.session.elicit_form(question, schema, self._context.request_id))
        except TimeoutError:
            return Answer.EXPIRED
        except (MCPError, ValidationError):
            return Answer.UNANSWERED

    async def progress(self, waited: float, longest: float, message: str) -> None:
        """Report progress; a client that did not ask for it, or is gone, hears nothing."""
        with suppress(MCPError, anyio.ClosedResourceError, anyio.BrokenResourceError):
            await self._context.session.report_progress(waited, longest, message)


def handed_back(question: Question) -> InputRequiredResult:
    """Return a question as the result that the client answers by calling again."""
    params = ElicitRequestFormParams(message=question.text, requested_schema=_form(question.label))
    return InputRequiredResult(input_requests={_FIELD: ElicitRequest(params=params)}, request_state=question.handle)


def _form(label: str) -> dict[str, Any]:
    """Return the form: one box. Hosts render an empty form badly, and a box cannot be ticked by mistake."""
    box = {"type": "boolean", "title": label, "default": False}
    return {"type": "object", "properties": {_FIELD: box}, "required": [_FIELD]}


def _answer(result: object) -> Answer:
    """Read an answer: a yes is accepting *and* the box; accepting without it is a no."""
    if not isinstance(result, ElicitResult):
        return Answer.UNANSWERED
    if result.action != "accept":
        return _ANSWERS[result.action]
    return Answer.ACCEPTED if (result.content or {}).get(_FIELD) is True else Answer.DECLINED
