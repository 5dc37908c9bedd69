"""The approval page put together, in its two kinds."""

from collections.abc import Callable

from starlette.types import ASGIApp

from server.approvals.at_the_desk import AtTheDesk
from server.approvals.deciding import Deciding
from server.approvals.presence import Presence
from server.approvals.screen import Screen
from server.approvals.signed_in import SignedIn
from server.approvals.signed_in_page import SignedInPage
from server.approvals.site import Site
from server.journal.audit import Audit
from server.settings import Settings
from server.store.store import Store

_BASE = "/approvals"


def desk_site(
    settings: Settings, store: Store, presence: Presence, clock: Callable[[], float], site: str | None = None
) -> ASGIApp:
    """Return the page for whoever runs this process; several that serve one desk have a `site` in common."""
    screen = Screen(_BASE, clock)
    return Site(store, _deciding(settings, store, clock), AtTheDesk(store, screen, site), screen, presence).app()


def signed_in_site(settings: Settings, store: Store, page: SignedInPage, clock: Callable[[], float]) -> ASGIApp:
    """Return the page for people who sign in."""
    screen = Screen(_BASE, clock)
    access = SignedIn(store, screen, page.sign_in, page.home, page.name)
    return Site(store, _deciding(settings, store, clock), access, screen, Presence()).app()


def _deciding(settings: Settings, store: Store, clock: Callable[[], float]) -> Deciding:
    return Deciding(store, Audit(store, settings.audit, clock), clock, "page")
