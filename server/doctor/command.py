"""The command that finds out what is wrong."""

import argparse
from collections.abc import Mapping
from typing import Any

_ABOUT = """\
Find out what keeps this server from working, and what to do about it.

Looks at the settings, the way to the gateway (name, proxy, connection, TLS), whether it is Waylay and takes the
credentials, what they may do, the service's version, the clock, the store, the policy, and the clients on this machine.
It only reads: nothing is created, changed or deleted, in the tenant or here, and no secret is shown. Only whether the
store's database can be written to is tried, in a transaction that is taken back; for that moment it is locked. What
clients start is looked at, and not started. Give it the flags that the server gets. The exit status is 1 where
something has to be mended, else 0."""


def add_doctor(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add the command to a command line.

    Args:
        commands: The commands that there are.
        common: The flags for settings, which it takes as the server does.
    """
    doctor = commands.add_parser(
        "doctor",
        help="find out what is wrong, and how to mend it",
        description=_ABOUT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        parents=[common],
    )
    doctor.add_argument("--json", action="store_true", help="one JSON object, for programs")


def examine(own: Mapping[str, Any]) -> int:
    """Run all checks and show what they find; return the exit status.

    Args:
        own: `json`, `env_file`, and `flags`, which are settings by their names in the environment.
    """
    import asyncio
    import logging

    import anyio

    from server.doctor.checks import CHECKS
    from server.doctor.examined import Examined
    from server.doctor.in_time import LeftBehind
    from server.doctor.running import run_checks
    from server.doctor.shown import AsJson, AsText

    # What the server's parts would log is said by the checks themselves.
    logging.getLogger("waylay_tasks_mcp").addHandler(logging.NullHandler())
    examined = Examined(env_file=own["env_file"], flags=own["flags"])
    shown = AsJson() if own["json"] else AsText(CHECKS)

    async def run() -> None:
        asyncio.get_running_loop().set_default_executor(LeftBehind())
        await run_checks(CHECKS, examined, shown.tell)

    anyio.run(run)
    shown.end()
    return 1 if shown.problems else 0
