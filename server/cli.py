"""The command line: arguments to settings, settings to what is run."""

import sys
from collections.abc import Mapping, Sequence
from typing import Any

from server.cli_parser import parser
from server.settings import Settings, SettingsError
from server.settings_sources import load_settings
from server.version import NAME

_HTTP_FLAGS = (
    "WAYLAY_MCP_HOST",
    "WAYLAY_MCP_PORT",
    "WAYLAY_MCP_ALLOWED_HOSTS",
    "WAYLAY_MCP_ALLOWED_ORIGINS",
    "WAYLAY_MCP_STATELESS",
)


def run(arguments: Sequence[str]) -> int:
    """Run the command line; return the exit status."""
    parsed = vars(parser().parse_args(arguments))
    command, env_file = parsed.pop("command") or "serve", parsed.pop("env_file", None)
    over_http = parsed.pop("http", False)
    try:
        if command == "demo":
            return _demo()
        if command == "policy":
            return _check_policy(parsed)
        _check_flags(command, parsed, over_http=over_http)
        given = {name: parsed.pop(name) for name in ("since", "json") if name in parsed}
        settings = load_settings(env_file, parsed)
        if command == "audit":
            return _audit(settings, given["since"], as_json=given["json"])
        return _sandbox(settings) if command == "sandbox" else _serve(settings, over_http=over_http)
    except SettingsError as error:
        sys.stderr.write(f"{NAME}: {error}\n")
        return 2
    except KeyboardInterrupt:
        return 130


def _check_flags(command: str, flags: Mapping[str, Any], *, over_http: bool) -> None:
    """Refuse flags that would have no effect: whoever gives an address means to be reached there."""
    if command == "serve" and not over_http and any(flag in flags for flag in _HTTP_FLAGS):
        raise SettingsError("--host, --port, --allowed-host, --allowed-origin and --stateless go with serve --http")


def _serve(settings: Settings, *, over_http: bool) -> int:
    from server import transports

    transports.log_to_stderr(settings)
    transports.serve_http(settings) if over_http else transports.serve_stdio(settings)
    return 0


def _sandbox(settings: Settings) -> int:
    from server.sandbox_gateway import serve_sandbox

    serve_sandbox(settings)
    return 0


def _demo() -> int:
    from server.demo.conversation import show

    return show()


def _check_policy(parsed: Mapping[str, Any]) -> int:
    from server.policy.check import check

    sys.stdout.write(check(parsed["file"], parsed["operation"], parsed["task"], parsed["argument"]))
    return 0


def _audit(settings: Settings, since: str, *, as_json: bool) -> int:
    from server.journal.reading import records

    for line in records(settings, since, as_json=as_json):
        sys.stdout.write(f"{line}\n")
    return 0
