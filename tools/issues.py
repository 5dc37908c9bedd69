"""What the service found in a specification, passed on to whoever can mend it."""

from collections.abc import Iterator, Mapping, Sequence

from tools.models.entity import Issue
from tools.models.lazy import Lazy
from tools.text import clean, plain, quoted

MAX_ISSUES = 10
_MAX_TEXT = 200


class IssueFacts(Lazy):
    """An issue, cleaned and capped."""

    severity: str | None = None
    type: str | None = None
    message: str
    where: str | None = None
    suggestion: str | None = None


def issue_facts(issues: Sequence[Issue]) -> list[IssueFacts]:
    """Return the first issues, safe to show."""
    return [
        IssueFacts(
            severity=clean(issue.severity) if issue.severity else None,
            type=clean(issue.type) if issue.type else None,
            message=clean(issue.message, _MAX_TEXT),
            where=_where(issue.details or {}),
            suggestion=clean(issue.suggestion, _MAX_TEXT) if issue.suggestion else None,
        )
        for issue in issues[:MAX_ISSUES]
    ]


def issue_lines(heading: str, issues: Sequence[Issue]) -> Iterator[str]:
    """Yield a heading and one line for each issue; nothing where there are none."""
    if issues:
        yield f"{heading} ({len(issues)}):"
    for fact in issue_facts(issues):
        where = f" at {quoted(fact.where)}" if fact.where else ""
        suggestion = f" Suggestion: {quoted(fact.suggestion, _MAX_TEXT)}." if fact.suggestion else ""
        yield f"- {plain(fact.severity or 'ISSUE')}{where}: {quoted(fact.message, _MAX_TEXT)}.{suggestion}"
    if len(issues) > MAX_ISSUES:
        yield f"- and {len(issues) - MAX_ISSUES} more, not shown; mend these first."


def _where(details: Mapping[str, object]) -> str | None:
    places = [str(details[key]) for key in ("nodeId", "property", "binding") if details.get(key)]
    return clean(" / ".join(places)) or None
