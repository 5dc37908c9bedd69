"""MCP over Streamable HTTP, until the process is told to end."""

import socket

from server.callers.sign_in import caller_sign_in
from server.settings import Settings
from server.stderr import say
from server.web.listening import address, listen
from server.web.opening import open_web, serve_web


def serve_http(settings: Settings) -> None:
    """Serve MCP over Streamable HTTP until the process is told to end.

    Raises:
        SettingsError: the address cannot be listened on, a file cannot be used, or a sign-in is not complete.
        KeyboardInterrupt: the end came by an interrupt.
    """
    # What is missing of a sign-in stops the start before anything listens.
    caller_sign_in(settings)
    with listen(settings) as listener:
        if settings.workers > 1:
            from server.web.together import serve_together

            serve_together(settings, listener, lambda where, page: _greet(settings, where, page))
        else:
            _serve_alone(settings, listener)


def _serve_alone(settings: Settings, listener: socket.socket) -> None:
    where = address(listener, settings)
    web = open_web(settings, where)
    _greet(settings, where, web.page)
    serve_web(web, settings, listener)


def _greet(settings: Settings, where: str, page: str) -> None:
    say(f"MCP on {where}/mcp, health on {where}/healthz")
    if settings.callers_sign_in:
        if settings.public_url is not None:
            say(f"From outside it is {settings.public_url.rstrip('/')}/mcp.")
        say(f"Callers sign in with a token of {_issuers(settings)}.")
    say(f"Approval page: {page}")
    if settings.uses_sandbox:
        say("Sandbox: no credentials are set.")
    if settings.workers > 1:
        say(f"{settings.workers} workers. Clients of the older era have no sessions, and confirm by token.")


def _issuers(settings: Settings) -> str:
    made = None if settings.auth_tokens is None else f"the file {settings.auth_tokens}"
    return " or ".join(filter(None, (settings.auth_issuer, made)))
