"""Which approval page a server has. What serves it is loaded once a request waits, or a browser asks."""

from collections.abc import Callable
from dataclasses import dataclass, field

from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from server.approvals.browser import Browser
from server.approvals.desk_page import DeskPage, Here
from server.approvals.presence import Moment, Presence
from server.approvals.signed_in_page import SignedInPage
from server.approvals.standalone import Standalone
from server.guard.page import ApprovalPage, NoPage
from server.settings import Settings, SettingsError
from server.settings_checks import LOOPBACK
from server.store.store import Store

_OFF = "this server has no approval page: WAYLAY_MCP_APPROVALS is off."
_NOT_HERE = "nobody can sign in to approve a call: WAYLAY_MCP_OIDC_ISSUER is not set."
_AT_THE_DESK = "opens in your browser once a call waits."
_NO_BROWSER = "none: no browser can be opened here."


@dataclass(frozen=True, slots=True)
class WebPage:
    """The approval page of a server that speaks over HTTP.

    Attributes:
        page: The page.
        app: What is answered below /approvals.
        found: Where people find it, for whoever starts the server.
    """

    page: ApprovalPage
    app: ASGIApp
    found: str


@dataclass(frozen=True, slots=True)
class OneDesk:
    """What the processes share that serve the page at one desk.

    Attributes:
        site: A secret of theirs.
        seen: When the page was last asked for.
        opened: When a browser was last opened.
    """

    site: str = field(repr=False)
    seen: Moment
    opened: Moment


def page_over_stdio(
    settings: Settings, store: Store, clock: Callable[[], float], browser: Browser | None = None
) -> ApprovalPage:
    """Return the page of a server that a host has started at somebody's desk; None is that person's own browser."""
    if settings.approvals == "off":
        return NoPage(_OFF)
    presence = Presence()

    def app() -> ASGIApp:
        from server.approvals.sites import desk_site

        return Router([Mount("/approvals", desk_site(settings, store, presence, clock))])

    return DeskPage(store, Standalone(app), browser or Browser(), presence)


def page_over_http(
    settings: Settings,
    store: Store,
    address: str,
    clock: Callable[[], float],
    browser: Browser | None = None,
    *,
    desk: OneDesk | None = None,
) -> WebPage:
    """Return the page of a server that speaks over HTTP.

    Args:
        settings: Who approves.
        store: Keeps what waits.
        address: Where the server is reached.
        clock: Returns epoch seconds.
        browser: Shows the page at a desk; None is that of whoever runs the server.
        desk: What this process shares with others that serve the same desk.

    Raises:
        SettingsError: approvers are to sign in, and there is to be no page.
    """
    if settings.approvals == "off" and settings.oidc_issuer is not None:
        raise SettingsError(
            "WAYLAY_MCP_OIDC_ISSUER and WAYLAY_MCP_APPROVALS=off contradict each other: unset one of them, because "
            "without the page there is nothing to sign in to"
        )
    if settings.approvals == "off":
        return _none(_OFF)
    if settings.oidc_issuer is not None:
        return _with_sign_in(settings, store, clock)
    if settings.host not in LOOPBACK:
        return _none(_NOT_HERE)
    return _at_the_desk(settings, store, Here(address), clock, browser or Browser(), desk=desk)


def _at_the_desk(
    settings: Settings, store: Store, here: Here, clock: Callable[[], float], browser: Browser, *, desk: OneDesk | None
) -> WebPage:
    presence = Presence(last=desk.seen if desk else None)

    def app() -> ASGIApp:
        from server.approvals.sites import desk_site

        return desk_site(settings, store, presence, clock, desk.site if desk else None)

    page = DeskPage(store, here, browser, presence, opened=desk.opened if desk else None)
    return WebPage(page, _WhenAsked(app), _AT_THE_DESK if browser.can_open() else _NO_BROWSER)


def _with_sign_in(settings: Settings, store: Store, clock: Callable[[], float]) -> WebPage:
    page = SignedInPage(settings)

    def app() -> ASGIApp:
        from server.approvals.sites import signed_in_site

        return signed_in_site(settings, store, page, clock)

    return WebPage(page, _WhenAsked(app), f"{page.home}/, where approvers sign in.")


def _none(reason: str) -> WebPage:
    answer = PlainTextResponse(f"There is no approval page here: {reason}\n", 403)
    return WebPage(NoPage(reason), answer, f"none; {reason}")


class _WhenAsked:
    """An application that is made for its first request.

    Args:
        make: Makes it.
    """

    def __init__(self, make: Callable[[], ASGIApp]) -> None:
        self._make = make
        self._app: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if self._app is None:
            self._app = self._make()
        await self._app(scope, receive, send)
