"""The server, built and checked: what is wrong with a file of its own should stop the start."""

from typing import TYPE_CHECKING

from server.app import Running, build
from server.audit_file import check_audit_file
from server.features import Reach
from server.guard.page import ApprovalPage
from server.guard.policy import Policy
from server.sandbox_file import sandbox_file
from server.settings import Settings
from server.store.store import Store

if TYPE_CHECKING:
    from server.observing.meter import Meter


def ready_server(
    settings: Settings,
    store: Store,
    page: ApprovalPage,
    meter: "Meter | None" = None,
    policy: Policy | None = None,
    *,
    reach: Reach = "sessions",
) -> Running:
    """Return the server; the files of the audit and the sandbox are opened now.

    Args:
        settings: What it does.
        store: Where it keeps its records.
        page: Where people approve.
        meter: Counts what goes on.
        policy: What calls have to wait for; None reads what is configured.
        reach: Who can be told of changes.

    Raises:
        SettingsError: one of them cannot be used.
    """
    check_audit_file(settings)
    running = build(settings, store=store, page=page, meter=meter, policy=policy, reach=reach)
    if settings.uses_sandbox and settings.sandbox_db is not None:
        with sandbox_file(settings):
            running.calls.open()
    return running
