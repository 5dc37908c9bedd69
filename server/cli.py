"""The command line: arguments to settings, settings to what is run."""

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, get_args

from server.settings import ConfirmMode, LogLevel, Settings, SettingsError
from server.settings_sources import load_settings
from server.version import NAME, VERSION

_ABOUT = """\
Let an AI assistant operate the tasks of a Waylay rules engine, and ask before it stops or deletes one.

Without a command: serve MCP on stdin and stdout, the way IDEs and desktop assistants start it.
Without credentials: serve a built-in sandbox. For your tenant, set WAYLAY_API_KEY and WAYLAY_API_SECRET."""

_SERVE = "Serve MCP on stdin and stdout, or with --http over Streamable HTTP at /mcp (health: /healthz)."
_SANDBOX = "Serve the sandbox as a Waylay gateway of its own, for any Waylay client. Any key and secret will do."
_SANDBOX_PORT = "8765"
_HTTP_FLAGS = (
    "WAYLAY_MCP_HOST",
    "WAYLAY_MCP_PORT",
    "WAYLAY_MCP_ALLOWED_HOSTS",
    "WAYLAY_MCP_ALLOWED_ORIGINS",
    "WAYLAY_MCP_STATELESS",
)
_DEMO = "Watch an assistant's conversation with real tasks: the sandbox's, over stdio, as a host would start it."


def run(arguments: Sequence[str]) -> int:
    """Run the command line; return the exit status."""
    parsed = vars(_parser().parse_args(arguments))
    command, env_file = parsed.pop("command") or "serve", parsed.pop("env_file", None)
    over_http = parsed.pop("http", False)
    try:
        if command == "demo":
            return _demo()
        _check_flags(command, parsed, over_http=over_http)
        settings = load_settings(env_file, parsed)
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


def _parser() -> argparse.ArgumentParser:
    common = _common()
    parser = argparse.ArgumentParser(
        prog=NAME,
        description=_ABOUT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        parents=[common],
        epilog="Every setting can also come from the environment or --env-file; the README lists them.",
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {VERSION}")
    commands = parser.add_subparsers(dest="command", title="commands", metavar="")
    _add_serve(commands, common)
    _add_sandbox(commands)
    commands.add_parser("demo", help="show a conversation in the terminal", description=_DEMO)
    return parser


def _common() -> argparse.ArgumentParser:
    common = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS)
    common.add_argument("--env-file", type=Path, metavar="FILE", help="read settings from a file of NAME=value lines")
    _option(common, "profile", "--profile", metavar="NAME", help="sign in with a Waylay Python SDK profile")
    _option(common, "confirm", "--confirm", choices=get_args(ConfirmMode), help="how stop and delete are confirmed")
    _option(common, "read_only", "--read-only", action="store_true", help="offer and accept only tools that read")
    _option(common, "output_limit", "--output-limit", metavar="N", help="characters that a result may have")
    _option(common, "log_level", "--log-level", choices=get_args(LogLevel), help="what is logged to stderr")
    return common


def _add_serve(commands: Any, common: argparse.ArgumentParser) -> None:
    serve = commands.add_parser(
        "serve",
        help="serve MCP (the default)",
        description=_SERVE,
        parents=[common],
        argument_default=argparse.SUPPRESS,
    )
    serve.add_argument("--http", action="store_true", default=False, help="serve over HTTP instead of stdio")
    _add_address(serve, "8000")
    _option(
        serve, "allowed_origins", "--allowed-origin", action="append", metavar="URL", help="a web page that may call"
    )
    _option(serve, "stateless", "--stateless", action="store_true", help="keep no sessions for older clients")


def _add_sandbox(commands: Any) -> None:
    sandbox = commands.add_parser(
        "sandbox", help="serve the sandbox alone", description=_SANDBOX, argument_default=argparse.SUPPRESS
    )
    _add_address(sandbox, _SANDBOX_PORT)
    sandbox.set_defaults(WAYLAY_MCP_PORT=_SANDBOX_PORT)
    _option(sandbox, "sandbox_db", "--db", metavar="FILE", help="keep the tasks in this file instead of in memory")
    _option(sandbox, "sandbox_tasks", "--tasks", metavar="N", help="tasks that an empty sandbox starts with (300)")
    _option(sandbox, "sandbox_seed", "--seed", metavar="S", help="the same seed gives the same tasks (7)")


def _add_address(parser: argparse.ArgumentParser, port: str) -> None:
    _option(parser, "host", "--host", metavar="HOST", help="where to listen (127.0.0.1)")
    _option(parser, "port", "--port", metavar="PORT", help=f"which port ({port}); 0 takes a free one")
    _option(
        parser,
        "allowed_hosts",
        "--allowed-host",
        action="append",
        metavar="NAME",
        help="a host name to answer to; needed where --host is not loopback; name:* is any port",
    )


def _option(parser: argparse.ArgumentParser, field: str, flag: str, **options: Any) -> None:
    """Add a flag for a setting; its value goes by the setting's environment name."""
    parser.add_argument(flag, dest=Settings.model_fields[field].alias, **options)
