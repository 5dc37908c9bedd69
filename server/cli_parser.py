"""The command line's grammar: commands, flags and their help."""

import argparse
from pathlib import Path
from typing import Any, get_args

from server.callers.token_command import add_token
from server.calling.command import add_call
from server.doctor.command import add_doctor
from server.installing.command import add_install
from server.mixed_parser import MixedParser
from server.setting_groups.consent import ConfirmMode
from server.setting_groups.records import LogLevel
from server.settings import Settings
from server.version import NAME, VERSION

_ABOUT = """\
Let an AI assistant operate the tasks of a Waylay rules engine, and ask before it stops or deletes one.

Without a command: serve MCP on stdin and stdout, the way IDEs and desktop assistants start it.
Without credentials: serve a built-in sandbox. For your tenant, set WAYLAY_API_KEY and WAYLAY_API_SECRET."""

_SERVE = "Serve MCP on stdin and stdout, or with --http over Streamable HTTP at /mcp (health: /healthz)."
_SANDBOX = "Serve the sandbox as a Waylay gateway of its own, for any Waylay client. Any key and secret will do."
_SANDBOX_PORT = "8765"
_POLICY = "Look at a policy file without serving it."
_CHECK = """\
Check a policy file and show its rules, or say which rule decides about a call, and why.

Nothing is fetched: the task is described here, so its ID says nothing. What is not told, it has not.
  --operation delete_task --task name="Cold store 4" --task tags.criticality=high --argument force_stop=true"""
_CONFIRM = "stop and delete: auto asks the user, else by a token; human takes only a person's yes; off asks nobody"
_DEMO = "Watch an assistant's conversation with real tasks: the sandbox's, over stdio, as a host would start it."
_AUDIT = """\
Show what assistants did, from the audit in the store: who called what, which rule applied, who was asked and
answered, and what came of it."""
_KEYS = """\
Print a new key for WAYLAY_MCP_STATE_KEYS.

To change keys, let every server learn the new one first (old,new), and then seal with it (new,old)."""
_APPROVALS = """\
Show what waits for a person's approval and what was decided lately, or decide, as the approval page does.

Approving needs a person at a terminal, who is asked once more. What somebody else than the caller has to approve is
approved on the page of a server on which approvers sign in."""


def parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command line; settings come out under their names in the environment."""
    common = _common()
    parser = argparse.ArgumentParser(
        prog=NAME,
        description=_ABOUT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        parents=[common],
        epilog="Every setting can also come from the environment or --env-file; the documentation lists them.",
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {VERSION}")
    commands = parser.add_subparsers(dest="command", title="commands", metavar="COMMAND", parser_class=MixedParser)
    _add_serve(commands, common)
    add_call(commands, common)
    add_doctor(commands, common)
    add_install(commands, common)
    _add_sandbox(commands)
    _add_policy(commands)
    _add_audit(commands)
    _add_approvals(commands)
    _add_keys(commands)
    add_token(commands)
    commands.add_parser("demo", help="show a conversation in the terminal", description=_DEMO)
    return parser


def _common() -> argparse.ArgumentParser:
    common = _with_env_file()
    _option(common, "profile", "--profile", metavar="NAME", help="sign in with a Waylay Python SDK profile")
    _option(common, "confirm", "--confirm", choices=get_args(ConfirmMode), help=_CONFIRM)
    _option(common, "policy", "--policy", metavar="FILE", help="a TOML file of rules for what needs whose consent")
    _option(common, "read_only", "--read-only", action="store_true", help="offer and accept only tools that read")
    _option(common, "output_limit", "--output-limit", metavar="N", help="characters that a result may have")
    _option(common, "log_level", "--log-level", choices=get_args(LogLevel), help="what is logged to stderr")
    return common


def _with_env_file() -> argparse.ArgumentParser:
    """Return the flag that names a file of settings; before a command it counts as well as behind it."""
    parent = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS)
    parent.add_argument("--env-file", type=Path, metavar="FILE", help="read settings from a file of NAME=value lines")
    return parent


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
    _option(serve, "auth_tokens", "--auth-tokens", metavar="FILE", help="hashed tokens with which callers sign in")
    _option(serve, "workers", "--workers", metavar="N", help="processes that serve; more than 1 keep no sessions (1)")
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
    _option(sandbox, "sandbox_hostile", "--hostile", action="store_true", help="add tasks that nobody should believe")


def _add_policy(commands: Any) -> None:
    policy = commands.add_parser("policy", help="check a policy file", description=_POLICY)
    actions = policy.add_subparsers(title="commands", metavar="COMMAND", required=True)
    check = actions.add_parser(
        "check",
        help="show its rules, or which one decides about a call",
        description=_CHECK,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    check.add_argument("file", type=Path, metavar="FILE", help="the policy")
    check.add_argument("--operation", metavar="NAME", help="the tool that is called; without it, show the rules")
    check.add_argument(
        "--task",
        action="append",
        default=[],
        metavar="FIELD=VALUE",
        help="name, status, type, template, resource, protected or tags.KEY of its task; or a JSON file that has them",
    )
    check.add_argument(
        "--argument", action="append", default=[], metavar="KEY=VALUE", help="an argument of the call, as JSON or text"
    )


def _add_audit(commands: Any) -> None:
    audit = commands.add_parser("audit", help="show what was done", description=_AUDIT, parents=[_with_env_file()])
    audit.add_argument(
        "--since",
        default="24h",
        metavar="WHEN",
        help="how far back: 30m, 24h, 7d, or a time such as 2026-11-24T16:10, in UTC unless it names a zone (24h)",
    )
    audit.add_argument("--json", action="store_true", help="whole records, one JSON object on a line")


def _add_approvals(commands: Any) -> None:
    approvals = commands.add_parser(
        "approvals",
        help="show what waits for approval, and decide",
        description=_APPROVALS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        parents=[_with_env_file()],
    )
    actions = approvals.add_subparsers(dest="action", title="commands", metavar="COMMAND")
    actions.add_parser("list", help="show what waits (the default)", parents=[_with_env_file()])
    for name, does in (("approve", "approve a request"), ("deny", "deny a request, or take an approval back")):
        action = actions.add_parser(name, help=does, description=f"{does.capitalize()}.", parents=[_with_env_file()])
        action.add_argument("request", metavar="ID", help="as the list shows it")
        action.add_argument("--note", metavar="TEXT", help="what the assistant is told")


def _add_keys(commands: Any) -> None:
    keys = commands.add_parser("keys", help="make a key that seals consents", description=_KEYS)
    actions = keys.add_subparsers(title="commands", metavar="COMMAND", required=True)
    actions.add_parser("new", help="print a new key", description=_KEYS)


def _add_address(parser: argparse.ArgumentParser, port: str) -> None:
    _option(parser, "host", "--host", metavar="HOST", help="where to listen (127.0.0.1)")
    _option(parser, "port", "--port", metavar="PORT", help=f"which port ({port}); 0 takes a free one")
    _option(
        parser,
        "allowed_hosts",
        "--allowed-host",
        action="append",
        metavar="NAME",
        help="a host name to answer to, at any port unless it names one; needed where --host is not loopback",
    )


def _option(parser: argparse.ArgumentParser, field: str, flag: str, **options: Any) -> None:
    """Add a flag for a setting; its value goes by the setting's environment name."""
    parser.add_argument(flag, dest=Settings.model_fields[field].alias, **options)
