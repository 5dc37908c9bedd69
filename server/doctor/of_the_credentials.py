"""The credentials: whether they are accepted, and what they may do as far as reading tells."""

from http import HTTPStatus
from typing import Any

from server.doctor.asking import Asked
from server.doctor.check import Finding, fine, not_checked, problem, warning
from server.doctor.examined import Examined, known
from server.doctor.token_claims import claims_of, grants, tenant
from server.upstream.credentials import Application, Token
from server.upstream.error_body import said
from tools.models.entity import Configuration, TaskListing
from tools.tasks_api import task_path

GATEWAY, CREDENTIALS = "gateway", "credentials"
_NOT_TRIED = "Writing was not tried: nothing is written to find out."


async def look_at_credentials(examined: Examined) -> Finding:
    """Tell whether the gateway takes the credentials."""
    asked = known(examined.asked)
    if asked.status == HTTPStatus.UNAUTHORIZED or (asked.failure is not None and asked.failure.kind == "unauthorized"):
        return _not_taken(asked, examined)
    if asked.failure is None or asked.status == HTTPStatus.FORBIDDEN:
        return _taken(examined)
    return not_checked(GATEWAY)


def _not_taken(asked: Asked[Any], examined: Examined) -> Finding:
    says = f"The gateway does not accept {_named(examined)} ({asked.status}{said(asked.own)})."
    return problem(says, f"{_cure(examined)} Is it of the tenant that this gateway is for?", status=asked.status)


def _named(examined: Examined) -> str:
    credentials = known(examined.gateway).credentials
    if isinstance(credentials, Token):
        whose = tenant(examined.claims or {})
        return f"the token{f' of tenant {whose}' if whose else ''}"
    if isinstance(credentials, Application):
        return f"the application's key and secret for tenant {credentials.tenant}"
    return "the API key and secret"


def _cure(examined: Examined) -> str:
    credentials = known(examined.gateway).credentials
    if isinstance(credentials, Token):
        return "Set a new token in WAYLAY_TOKEN: this one was withdrawn, or is another gateway's."
    where = examined.where.get("WAYLAY_API_KEY")
    if where is None:
        return "Store the profile anew with the SDK: its key was withdrawn, or is another gateway's."
    return (
        f"Look at WAYLAY_API_KEY and WAYLAY_API_SECRET ({where}): both whole, not exchanged for each other, and not "
        "withdrawn."
    )


def _taken(examined: Examined) -> Finding:
    credentials = known(examined.gateway).credentials
    if not isinstance(credentials, Application):
        return fine(f"The gateway accepts {_named(examined)}.")
    token = known(examined.asking).token
    claims = claims_of(token) if token else dict[str, Any]()
    examined.claims = claims
    if claims.get("tenant") not in (None, credentials.tenant):
        says = f"The gateway accepts {_named(examined)}, but its token is of tenant {tenant(claims)}."
        return warning(says, "Look at tenant_id in the profile.", tenant=tenant(claims))
    return fine(f"The gateway accepts {_named(examined)}.")


async def look_at_permissions(examined: Examined) -> Finding:
    """Tell what may be read, and what the token says of writing."""
    asked = known(examined.asked)
    if asked.status == HTTPStatus.FORBIDDEN:
        return _may_not(asked, examined, "list tasks")
    listing = known(asked.reply)
    examined.total = total = _total(asked)
    tasks = listing.body.tasks
    if tasks:
        found = await known(examined.asking).ask(task_path(tasks[0].id, "conf"), Configuration)
        if found.status == HTTPStatus.FORBIDDEN:
            return _may_not(found, examined, "read what a task is configured to do")
    seen = f"Reading works: {_tasks(total, bool(tasks))}."
    return fine(
        " ".join(filter(None, (seen, _NOT_TRIED, _said_by_token(examined)))), read=True, write=None, tasks=total
    )


def _may_not(asked: Asked[Any], examined: Examined, what: str) -> Finding:
    says = f"The credentials are accepted, but may not {what} (403{said(asked.own)})."
    cure = (
        "Ask whoever administers the tenant to allow it, or sign in with credentials that may. Reading needs at least "
        f"the permission to see rules and tasks. {_said_by_token(examined)}"
    )
    return problem(says, cure.strip(), read=False, status=asked.status)


def _said_by_token(examined: Examined) -> str:
    return grants(examined.claims or {})


def _total(asked: Asked[TaskListing]) -> int | None:
    counted = asked.headers.get("x-count", "")
    total = known(asked.reply).body.total
    return total if total is not None else int(counted) if counted.isascii() and counted.isdigit() else None


def _tasks(total: int | None, some: bool) -> str:  # noqa: FBT001 - said once, above
    if total is None:
        return "there are tasks, and the service does not say how many" if some else "there are no tasks"
    return {0: "there are no tasks yet", 1: "there is 1 task"}.get(total, f"there are {total:,} tasks")
