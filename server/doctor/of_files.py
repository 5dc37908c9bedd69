"""Files of this server's own: the audit, the policy, the sandbox's tasks."""

import re
import sqlite3
from pathlib import Path
from urllib.parse import quote

from server.choosing import policy_for
from server.doctor.check import Finding, fine, problem, warning
from server.doctor.examined import Examined, known
from server.doctor.file_access import cannot_be_written, not_opened
from server.policy.file_policy import FilePolicy
from server.policy.judged import JUDGED
from server.policy.reading import read_policy
from server.policy.way_around import ways_around
from server.settings import SettingsError
from tools.text import clean

_PATIENCE = 2
_CHECK = "waylay-tasks-mcp policy check"
_MOST = 3


def writes_an_audit(examined: Examined) -> bool:
    """Tell whether the audit goes to a file."""
    return examined.settings.audit not in (None, "stderr")


async def look_at_audit(examined: Examined) -> Finding:
    """Find out whether the file of the audit can be written."""
    path = Path(examined.settings.audit or "")
    why = cannot_be_written(path, with_folders=False)
    if why is not None:
        cure = "Set WAYLAY_MCP_AUDIT to a file that this account can write, or to stderr."
        return problem(f"{clean(path, 200)} cannot be written: {clean(why, 200)}.", cure)
    return fine(f"{clean(path, 200)} can be written.")


async def look_at_policy(examined: Examined) -> Finding:
    """Read the policy."""
    settings = examined.settings
    if settings.policy is None:
        return _without_file(examined)
    if unread := not_opened(settings.policy, "WAYLAY_MCP_POLICY"):
        return unread
    try:
        policy = read_policy(settings.policy)
        policy_for(settings)
    except SettingsError as error:
        return problem(f"The server does not start: {clean(error, 400)}.", _cure_of_policy(str(error), settings.policy))
    return _of_rules(policy, settings.policy)


def _cure_of_policy(error: str, path: Path) -> str:
    """Return what to do: a mistake has a line, and what cannot be read has none."""
    mistake = re.match(r", line (\d+): ", error.removeprefix(str(path)))
    if mistake is None:
        return "Set WAYLAY_MCP_POLICY to a policy file that this account can read, or unset it: then the default holds."
    file = clean(path, 200)
    return f"Correct line {mistake[1]} of {file}. Whether the rest is right, this tells: {_CHECK} {file}"


def _without_file(examined: Examined) -> Finding:
    if examined.settings.confirm == "off":
        cure = "Unset WAYLAY_MCP_CONFIRM, unless this is an automation that you trust."
        return warning("WAYLAY_MCP_CONFIRM is off: tasks are stopped and deleted without asking anybody.", cure)
    if examined.settings.confirm == "human":
        return fine("None. Stopping and deleting wait for a person's yes, never for a token.")
    return fine("None, so the default holds: stopping and deleting have to be confirmed.")


def _of_rules(policy: FilePolicy, path: Path) -> Finding:
    free = [
        one.name for one in JUDGED if one.name in ("stop_task", "delete_task") and not policy.possible(one) - {"none"}
    ]
    number = len(policy.rules)
    says = f"{clean(path, 200)}: {number} rule{'' if number == 1 else 's'}."
    if free:
        cure = f"If that was not meant, see {_CHECK} {clean(path, 200)}"
        return warning(f"{says} It never asks anybody before {' and '.join(free)}.", cure, rules=number)
    if around := [way.rule for way in ways_around(policy)]:
        says = f"{says} Replacing a task goes around {' and '.join(map(str, around[:_MOST]))}."
        return warning(says, f"What to write is told by: {_CHECK} {clean(path, 200)}", rules=number)
    return fine(says, rules=number)


def keeps_the_sandbox(examined: Examined) -> bool:
    """Tell whether the sandbox keeps its tasks in a file."""
    return examined.settings.uses_sandbox and examined.settings.sandbox_db is not None


async def look_at_sandbox(examined: Examined) -> Finding:
    """Find out whether the sandbox's file can be used; one that is not there is not made."""
    path = known(examined.settings.sandbox_db)
    cure = "Set WAYLAY_MCP_SANDBOX_DB to a file that this account can write, or unset it: then the tasks are in memory."
    why = cannot_be_written(path, with_folders=False) or (_not_a_database(path) if path.exists() else None)
    if why is not None:
        return problem(f"The sandbox cannot keep its tasks in {clean(path, 200)}: {clean(why, 200)}.", cure)
    return fine(f"Its tasks are kept in {clean(path, 200)}.")


def _not_a_database(path: Path) -> str | None:
    try:
        connection = sqlite3.connect(f"file:{quote(str(path.absolute()))}?mode=rw", uri=True, timeout=_PATIENCE)
        try:
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        finally:
            connection.close()
    except sqlite3.Error:
        return "it is no database, or another program has it locked"
    return None
