"""The command that calls a tool."""

import argparse
from collections.abc import Mapping
from typing import Any

from server.printed import show_text
from server.settings import Settings

_ABOUT = """\
Call a tool from the shell, as an assistant would: with the same settings, policy, journal and audit, and the same
questions before anything is stopped or deleted.

Without a tool, or with --list: show the tools. With a tool and --help: show what it takes."""

_MORE = """\
values:
  KEY=VALUE          read as the tool wants it: a text stays a text, also one of digits
  KEY=a,b            a list; or the key once for each, or JSON where a value has a comma
  KEY.FIELD=VALUE    a field of an object, as tags.site=ghent or specification.name="Pump watch"
  KEY=@FILE, KEY=-   what is in a file, or on stdin; KEY.FIELD=VALUE beside it wins
  --args             all arguments as JSON; KEY=VALUE beside it wins

questions:
  In a terminal (stdin and stderr) they are put to you, and only a typed yes is one. Elsewhere the question is printed
  with a confirmation: run the same command again with confirmation=... added once the person concerned has agreed.

exit status:
  0    it is done, or there was nothing to do
  1    the tool refused, or failed; its error says whether anything was changed
  2    wrong usage, arguments or settings; nothing was called
  3    it needs a confirmation or an approval; nothing was changed
  4    whether anything was changed is not known, or not yet; list_changes finds out
  130  interrupted; what became of a change is said

examples:
  waylay-tasks-mcp call list_tasks status=failed tags.site=ghent hits=5
  waylay-tasks-mcp call stop_task task_id=ID
  waylay-tasks-mcp call create_task specification=@task.json specification.start=false --json
  waylay-tasks-mcp call list_tasks status=failed --json | jq -r '.tasks[].id'"""


def add_call(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add the command to a command line; `common` has the flags that it shares."""
    call = commands.add_parser(
        "call",
        help="call a tool from the shell",
        description=_ABOUT,
        epilog=_MORE,
        usage="waylay-tasks-mcp call [options] [TOOL] [KEY=VALUE ...]",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        parents=[common],
        argument_default=argparse.SUPPRESS,
        add_help=False,
        mixed=True,
    )
    call.add_argument("tool", nargs="?", metavar="TOOL", default=None, help="what to call")
    call.add_argument("words", nargs="*", metavar="KEY=VALUE", default=[], help="its arguments")
    call.add_argument("-h", "--help", action="store_true", default=False, help="show this, or what TOOL takes")
    call.add_argument("--list", action="store_true", default=False, help="show the tools")
    call.add_argument("--json", action="store_true", default=False, help="print the result's data, as one line of JSON")
    call.add_argument("--args", metavar="JSON", default=None, help="all arguments as JSON; also @FILE, or - for stdin")
    sandbox_db = Settings.model_fields["sandbox_db"].alias
    call.add_argument("--sandbox-db", dest=sandbox_db, metavar="FILE", help="keep the sandbox's tasks in this file")
    call.set_defaults(own_help=call.format_help)


def call(own: Mapping[str, Any], flags: Mapping[str, Any]) -> int:
    """Do what the command line says, and return the exit status.

    Args:
        own: The command's own arguments.
        flags: Settings from the command line.
    """
    if own["help"] and own["tool"] is None:
        show_text(own["own_help"]())
        return 0
    from server.calling.running import run

    return run(own, flags)
