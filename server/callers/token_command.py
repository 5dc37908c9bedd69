"""The command that makes a token for the file of tokens."""

import argparse
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from server.callers.scopes import SCOPES

_ABOUT = """\
Make a token that lets a program or a person call over HTTP.

It is shown once, and not kept. The line below it is for the file that WAYLAY_MCP_AUTH_TOKENS names; a server reads that
file when it starts. A scope allows what it is called: what changes tasks needs tasks:read and tasks:write, and what
deletes them tasks:delete, too."""


def add_token(commands: Any) -> None:
    """Add the command to a command line."""
    token = commands.add_parser("token", help="make a token for callers over HTTP", description=_ABOUT)
    actions = token.add_subparsers(title="commands", metavar="COMMAND", required=True)
    new = actions.add_parser(
        "new", help="make one", description=_ABOUT, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    new.add_argument("--name", required=True, help="whose it is: letters, digits, - and _")
    new.add_argument(
        "--scope",
        action="append",
        required=True,
        choices=SCOPES,
        metavar="SCOPE",
        help=f"{', '.join(SCOPES)}; give it once for each",
    )
    new.add_argument("--expires", type=date.fromisoformat, metavar="DATE", help="such as 2027-01-01, when it ends")


def new_token(own: Mapping[str, Any]) -> str:
    """Return a new token, and the line for the file.

    Raises:
        SettingsError: the name is none, or it would have ended already.
    """
    from server.callers.made_token import fingerprint, make_token
    from server.callers.token_file import NAME, token_line
    from server.settings import SettingsError

    name, expires = own["name"], own["expires"]
    if not NAME.fullmatch(name):
        raise SettingsError("--name: expected letters, digits, - and _")
    if expires is not None and expires <= datetime.now(UTC).date():
        raise SettingsError("--expires: expected a day that is still to come")
    token, scopes = make_token(), [scope for scope in SCOPES if scope in own["scope"]]
    line = token_line(name, fingerprint(token), scopes, expires)
    return f"The token, shown this once:\n{token}\n\nThe line for the file WAYLAY_MCP_AUTH_TOKENS:\n{line}\n"
