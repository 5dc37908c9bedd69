"""What people are told of a change to a client's file: before they are asked, and afterwards."""

import shlex
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import cast

from server.installing.client import ENTRY_NAME
from server.installing.copies import backups, folder_of_copies
from server.installing.launching import typed
from server.installing.masking import comments_in
from server.installing.plan import Plan
from server.installing.real_path import asked_for
from server.installing.signing_in import credentials_in
from server.installing.wish import FLAGS, Wish
from server.version import NAME


def nothing(wish: Wish) -> str:
    """Return that there is nothing to do, and why."""
    return f"Nothing to do: {wish.name} is {'in it already, just so' if wish.server.command else 'not in it'}."


def before_asking(wish: Wish, plan: Plan) -> list[str]:
    """Return what else a person should know before they agree."""
    said: list[str] = []
    if plan.before:
        said.append("What others and you wrote in the file is hidden here (…). Outside of the entry it stays as it is.")
    if wish.client.caution and wish.scope == "user":
        said.append(wish.client.caution)
    if plan.found.file != asked_for(wish):
        said.append(f"Links lead from there to {plan.found.file}.")
    if plan.kind == "replaced":
        said += [f"This replaces the entry that {wish.name} has now.", *_taken_away(plan)]
    if comments_in(wish.client, plan.after) < comments_in(wish.client, plan.before):
        said.append("The comments inside the entry go with it.")
    if wish.writes_secrets:
        others = " Others on this machine can read it." if plan.before and plan.found.mode & 0o077 else ""
        said.append(f"Your credentials go into this file as they are.{others} With --env-file they stay out of it.")
    said += [f"The folder {folder} is made for it." for folder in plan.found.new_folders[-1:]]
    return [*said, ""] if said else []


def afterwards(wish: Wish, plan: Plan) -> list[str]:
    """Return what comes next."""
    said = _copies_with_credentials(wish, plan)
    if plan.kind == "removed":
        return [*said, f"{wish.client.title} forgets it when it is started anew."]
    said += [
        f"Next: {wish.client.next_step.replace(ENTRY_NAME, wish.name)}",
        "Then ask: Which tasks have failed in Antwerp, and since when?",
    ]
    if not wish.signs_in and "env" not in plan.entry:
        said.append(_sandbox(wish))
    if wish.scope == "project" and wish.server.command != NAME:
        said.append("The entry has the path of this machine; others who use the project's file need their own.")
    said.append(f"If it does not work: {_typed('doctor')}")
    if plan.kind == "replaced":
        return [*said, "To undo: copy the file as it was back, from where it says above."]
    return [*said, f"To undo: {command_line(wish)} --remove"]


def _taken_away(plan: Plan) -> list[str]:
    """Return which of this server's flags the entry has no more: one of them may be what keeps it from writing."""
    before, after = (_arguments(entry) for entry in (plan.old, plan.entry))
    gone = [flag for flag in FLAGS.values() if flag in before and flag not in after]
    return [f"It takes away: {', '.join(gone)}. Give what is to stay once more."] if gone else []


def _arguments(entry: object) -> list[object]:
    """Return the arguments in an entry, by whichever of its clients' layouts."""
    fields = list(cast("Mapping[str, object]", entry).values()) if isinstance(entry, Mapping) else []
    return [word for field in fields if isinstance(field, list) for word in cast("list[object]", field)]


def _copies_with_credentials(wish: Wish, plan: Plan) -> list[str]:
    """Return which copies still have credentials that the file has no more."""
    file = plan.found.file
    gone = [value.encode() for value in credentials_in(plan.old) if value not in plan.after]
    copies = [copy for copy in backups(file, folder_of_copies(file, wish.scope)) if _has_one_of(gone, copy)]
    told = "Copies of the file still have the credentials that were in it. Delete them if you do not need them:"
    return [told, *(f"  {copy}" for copy in copies)] if copies else []


def _has_one_of(values: list[bytes], copy: Path) -> bool:
    with suppress(OSError):
        content = copy.read_bytes() if values else b""
        return any(value in content for value in values)
    return False


def _sandbox(wish: Wish) -> str:
    ways = "--ask-for-credentials, or --env-file FILE" if wish.client.asks else "--env-file FILE"
    return (
        f"It works on the built-in sandbox, with no account. For your tenant, run this again with {ways}"
        " (WAYLAY_API_KEY and WAYLAY_API_SECRET, a line each)."
    )


def command_line(wish: Wish | None = None) -> str:
    """Return the command line that does this again."""
    words = ["install"]
    if wish is not None:
        words += ["--client", wish.client.name]
        words += ["--scope", wish.scope] if wish.scope != "user" else []
        words += ["--path", str(wish.file)] if wish.file != wish.usual_file else []
        words += ["--name", wish.name] if wish.name != ENTRY_NAME else []
    return _typed(*words)


def _typed(*words: str) -> str:
    """Return a command of this program as a person types it."""
    whole = [*typed(), *words]
    return subprocess.list2cmdline(whole) if sys.platform == "win32" else shlex.join(whole)
