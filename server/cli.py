"""The command line: arguments to settings, settings to what is run."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from server.cli_parser import parser
from server.printed import show_beside, show_text
from server.settings import Settings, SettingsError
from server.settings_sources import load_settings
from server.version import NAME

_HTTP_FLAGS = (
    "WAYLAY_MCP_HOST",
    "WAYLAY_MCP_PORT",
    "WAYLAY_MCP_ALLOWED_HOSTS",
    "WAYLAY_MCP_ALLOWED_ORIGINS",
    "WAYLAY_MCP_STATELESS",
    "WAYLAY_MCP_WORKERS",
    "WAYLAY_MCP_AUTH_TOKENS",
)

_WITH_CONNECTIONS = ("serve", "sandbox", "call", "doctor")
"""Commands that what they are connected to must not end, be it a socket that broke or whoever reads what is printed."""


def run(arguments: Sequence[str], before_printing: Callable[[], None] | None = None) -> int:
    """Run the command line and return the exit status; `before_printing` comes before what only prints."""
    parsed = vars(parser().parse_args(arguments))
    command, env_file = parsed.pop("command") or "serve", parsed.pop("env_file", None)
    # Settings go by their names in the environment; what does not is the command's own.
    own = {name: parsed.pop(name) for name in [*parsed] if not name.startswith("WAYLAY_")} | {"env_file": env_file}
    if before_printing is not None and command not in _WITH_CONNECTIONS:
        before_printing()
    try:
        if command in _WITHOUT_SETTINGS:
            return _WITHOUT_SETTINGS[command](own | {"flags": parsed})
        _check_flags(command, parsed, over_http=own.get("http", False))
        return _WITH_SETTINGS[command](load_settings(env_file, parsed), own)
    except SettingsError as error:
        show_beside(f"{NAME}: {error}\n")
        return 2
    except KeyboardInterrupt:
        return 130


def _check_flags(command: str, flags: Mapping[str, Any], *, over_http: bool) -> None:
    """Refuse flags that would have no effect: whoever gives an address means to be reached there."""
    if command == "serve" and not over_http and any(flag in flags for flag in _HTTP_FLAGS):
        raise SettingsError(
            "--host, --port, --allowed-host, --allowed-origin, --auth-tokens, --workers and --stateless go with serve "
            "--http"
        )


def _serve(settings: Settings, own: Mapping[str, Any]) -> int:
    from server.stderr import log_to_stderr

    log_to_stderr(settings, stamped=own.get("http", False))
    _serve_http(settings) if own.get("http") else _serve_stdio(settings)
    return 0


def _serve_http(settings: Settings) -> None:
    from server.web.serving import serve_http

    serve_http(settings)


def _serve_stdio(settings: Settings) -> None:
    from server.stdio import serve_stdio

    serve_stdio(settings)


def _sandbox(settings: Settings, own: Mapping[str, Any]) -> int:
    from server.sandbox_gateway import serve_sandbox
    from server.stderr import log_to_stderr

    log_to_stderr(settings)
    serve_sandbox(settings)
    return 0


def _demo(own: Mapping[str, Any]) -> int:
    from server.demo.conversation import show

    return show()


def _call(own: Mapping[str, Any]) -> int:
    from server.calling.command import call

    return call(own, own["flags"])


def _install(own: Mapping[str, Any]) -> int:
    from server.installing.installing import install

    return install(own)


def _doctor(own: Mapping[str, Any]) -> int:
    from server.doctor.command import examine

    return examine(own)


def _printed(text: str) -> int:
    """Print what a command is for, and return its exit status."""
    return 0 if show_text(text) else 1


def _keys(own: Mapping[str, Any]) -> int:
    from server.store.handles import new_key

    return _printed(f"{new_key()}\n")


def _token(own: Mapping[str, Any]) -> int:
    from server.callers.token_command import new_token

    return _printed(new_token(own))


def _policy(own: Mapping[str, Any]) -> int:
    from server.policy.check import check

    return _printed(check(own["file"], own["operation"], own["task"], own["argument"]))


def _audit(settings: Settings, own: Mapping[str, Any]) -> int:
    from server.journal.audit_listing import records

    lines = records(settings, own["since"], as_json=own["json"])
    return 0 if all(show_text(f"{line}\n") for line in lines) else 1


def _approvals(settings: Settings, own: Mapping[str, Any]) -> int:
    import anyio

    from server.approvals import terminal

    action, request, note = own["action"] or "list", own.get("request"), own.get("note")
    return anyio.run(partial(terminal.run, settings, action, request, note, env_file=own["env_file"]))


_WITHOUT_SETTINGS: Mapping[str, Callable[[Mapping[str, Any]], int]] = {
    "demo": _demo,
    "call": _call,
    "doctor": _doctor,
    "install": _install,
    "policy": _policy,
    "keys": _keys,
    "token": _token,
}
_WITH_SETTINGS: Mapping[str, Callable[[Settings, Mapping[str, Any]], int]] = {
    "serve": _serve,
    "sandbox": _sandbox,
    "audit": _audit,
    "approvals": _approvals,
}
