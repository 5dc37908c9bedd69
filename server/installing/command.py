"""The grammar of the command that puts this server into a client's file."""

import argparse
from pathlib import Path
from typing import Any

NAMES = (
    "vscode",
    "vscode-insiders",
    "cursor",
    "claude-desktop",
    "claude-code",
    "windsurf",
    "zed",
    "codex",
    "gemini-cli",
    "antigravity",
    "copilot-cli",
    "cline",
    "kiro",
    "lm-studio",
)
"""What `--client` takes; a test holds them to the clients, which are loaded only when one is written."""

_ABOUT = f"""\
Put this server into a client's configuration, or with --remove take it out.

It shows the change and writes it when you agree. A copy of your own file is kept beside it, one of a project's in your
folder for state. Everything else in the file stays as it is, to the last comment. Without --client: which clients are
here, and which of them have it.

Clients: {", ".join(NAMES[:7])},
{", ".join(NAMES[7:])}.

What else is given (--env-file, --read-only, --policy, --profile, ...) is what the client starts the server with. No
secret is written into a file unless you say --write-credentials."""


def add_install(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add the command to a command line."""
    parser = commands.add_parser(
        "install",
        help="put this server into a client's configuration",
        description=_ABOUT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        parents=[common],
    )
    parser.add_argument("--client", choices=NAMES, metavar="CLIENT", help="which client: vscode, cursor, ...")
    parser.add_argument("--scope", choices=("user", "project"), help="your own file (user), or that of this folder")
    parser.add_argument("--path", type=Path, metavar="FILE", help="the client's file, where it is elsewhere")
    parser.add_argument("--name", metavar="NAME", help="what the client calls this server (waylay-tasks)")
    parser.add_argument("--ask-for-credentials", action="store_true", help="VS Code asks you for them, and keeps them")
    parser.add_argument(
        "--write-credentials", action="store_true", help="write those of the environment into your own file"
    )
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--print", action="store_true", help="only print what would be written")
    what.add_argument("--yes", action="store_true", help="write without asking")
    parser.add_argument("--remove", action="store_true", help="take this server out of the file")
