"""What people see: requests and their history as HTML. Every value is escaped by the template engine."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import HTMLResponse

from server.approvals.access import Session
from server.approvals.deciding import MAX_NOTE, hindrance
from server.approvals.wording import name_of, outcome_of, time_left
from server.store.requests import ApprovalRequest
from tools.text import iso, plain, quoted

SAID: Mapping[str, str] = {
    "approved": "Approved. The call that waits for it goes on; one that has given up finds it when it comes again.",
    "denied": "Denied. The assistant is told, with your note.",
    "too_late": "That request does not wait any more: somebody else decided, or its time was over.",
    "not_allowed": "You may not approve that request. It still waits.",
}


class Screen:
    """Draws the page.

    Args:
        base: The path at which the page's own style and script lie.
        clock: Returns epoch seconds.
    """

    def __init__(self, base: str, clock: Callable[[], float]) -> None:
        self._base = base
        self._clock = clock
        self._templates = Environment(
            loader=PackageLoader("server.approvals"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
        )
        self._templates.filters |= {"plain": plain, "quoted": quoted}

    def page(self, session: Session, seen: "Seen", *, signs_in: bool, said: str | None) -> HTMLResponse:
        """Return the whole page; `said` names what came of the last decision."""
        told = SAID.get(said or "")
        return self._html("page.html", **self._listing(session, seen), signs_in=signs_in, said=told)

    def listing(self, session: Session, seen: "Seen") -> HTMLResponse:
        """Return the part of the page that changes."""
        return self._html("listing.html", **self._listing(session, seen))

    def notice(
        self, title: str, text: str, *, status: int = 200, link: Literal["sign-in"] | None = None
    ) -> HTMLResponse:
        """Return a page that only says something."""
        return self._html("notice.html", status, title=title, text=text, link=link)

    def _listing(self, session: Session, seen: "Seen") -> Mapping[str, Any]:
        now = self._clock()
        return {
            "person": session.person,
            "token": session.token,
            "waiting": [_card(request, session, now) for request in seen.waiting],
            "ended": [_row(request) for request in seen.ended],
            "more": seen.more,
            "version": seen.version,
            "now": now,
            "max_note": MAX_NOTE,
        }

    def _html(self, template: str, status: int = 200, **values: Any) -> HTMLResponse:
        return HTMLResponse(self._templates.get_template(template).render(base=self._base, **values), status)


class Seen:
    """What a person may see.

    Args:
        waiting: What waits, oldest first.
        ended: What was decided or is over, newest first.
        more: How many more wait than are shown.
    """

    def __init__(self, waiting: Sequence[ApprovalRequest], ended: Sequence[ApprovalRequest], more: int) -> None:
        self.waiting = waiting
        self.ended = ended
        self.more = more

    @property
    def version(self) -> str:
        """A text that is another one as soon as anything has changed."""
        state = [(request.id, request.outcome, request.change_id) for request in (*self.waiting, *self.ended)]
        return hashlib.sha256(repr((state, self.more)).encode()).hexdigest()[:16]


def _card(request: ApprovalRequest, session: Session, now: float) -> Mapping[str, Any]:
    return {
        "request": request,
        "name": name_of(request),
        "left": time_left(request.expires - now),
        "asked": _time(request.created),
        "hindrance": hindrance(request, session.person),
    }


def _row(request: ApprovalRequest) -> Mapping[str, Any]:
    return {
        "request": request,
        "name": name_of(request),
        "outcome": outcome_of(request),
        "when": _time(request.decided or request.expires),
        "asked": _time(request.created),
    }


def _time(seconds: float) -> str:
    return iso(round(seconds * 1000)) or ""
