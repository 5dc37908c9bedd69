"""From the parameters of a listing to an SQL condition. All parameters are ANDed."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from starlette.datastructures import QueryParams

from server.sandbox.document import TYPES
from server.sandbox.errors import bad_request
from server.sandbox.plugins import templates_with

MAX_HITS = 100
"""The vendor's older documentation names this limit; a larger page is cut to it, and says so in `limit`."""

_MAX_DIGITS = 15
"""Digits of a number or a time that SQLite still holds."""

_TIME = re.compile(rf"-?[0-9]{{1,{_MAX_DIGITS}}}")
_STATUSES = ("running", "pending", "stopped", "failed")
_FORMATS = ("bn", "simplified")


@dataclass(slots=True)
class Condition:
    """What tasks must satisfy: terms on their columns, and selects that must yield their `seq`."""

    terms: list[str] = field(default_factory=list[str])
    members: list[str] = field(default_factory=list[str])
    values: list[object] = field(default_factory=list[object])
    member_values: list[object] = field(default_factory=list[object])
    scans: bool = False
    """Whether no index helps, so that every task is looked at."""

    @property
    def select(self) -> str:
        """An SQL select of the `seq` of all tasks that satisfy this; its values are `all_values`."""
        driving = not self.terms and self.members[:1]
        source = f"({driving[0]})" if driving else "tasks"
        others = self.members[1:] if driving else self.members
        terms = [*self.terms, *(f"EXISTS (SELECT 1 FROM ({select}) WHERE seq = task.seq)" for select in others)]
        return f"SELECT seq FROM {source} AS task WHERE {' AND '.join(terms) or '1'}"

    @property
    def all_values(self) -> list[object]:
        """The values for the marks in `select`, in order."""
        return [*self.values, *self.member_values]

    def add(self, term: str, *values: object) -> None:
        """AND a term on the columns."""
        self.terms.append(term)
        self.values.extend(values)

    def any_of(self, expression: str, values: Sequence[object]) -> None:
        """AND that an expression has one of the values."""
        self.add(f"{expression} IN ({marks(values)})", *values)

    def member(self, select: str, *values: object) -> None:
        """AND that a select yields the task's `seq`."""
        self.members.append(select)
        self.member_values.extend(values)


def marks(values: Sequence[object]) -> str:
    """Return a placeholder for each value."""
    return ", ".join("?" * len(values))


@dataclass(frozen=True, slots=True)
class Listing:
    """What a listing asks for."""

    condition: Condition
    hits: int
    start: int
    graph_format: str
    health: bool


def read_listing(query: QueryParams) -> Listing:
    """Return what is asked for.

    Raises:
        ApiError: 400 for a parameter that cannot be read, or that this engine does not have.
    """
    condition = Condition()
    for name, value in query.multi_items():
        if name in _TERMS:
            _TERMS[name](condition, value)
    _add_ids(condition, query)
    _add_tags(condition, query)
    return Listing(
        condition,
        hits=min(_number(query, "hits", 10), MAX_HITS),
        start=_number(query, "startIndex", 0),
        graph_format=graph_format(query),
        health=flag(query, "includeHealth"),
    )


def graph_format(query: QueryParams) -> str:
    """Return the graph format that is asked for."""
    return _one_of("format", query.get("format", "bn"), _FORMATS)


def flag(query: QueryParams, name: str) -> bool:
    """Return a boolean parameter, false when it is not given."""
    text = query.get(name, "false").lower()
    if text not in ("true", "false"):
        raise bad_request(f"{name}: expected true or false")
    return text == "true"


def _literal(value: str) -> str:
    """Return a pattern for LIKE that stands for a text itself."""
    return value.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _name(condition: Condition, value: str) -> None:
    condition.add("name LIKE ? ESCAPE '\\'", _literal(value).replace("*", "%"))
    condition.scans |= value.startswith("*")


def _template(condition: Condition, value: str) -> None:
    if value == "null":
        condition.add("template IS NULL")
    else:
        condition.add("template = ?", value)


def _plugin(condition: Condition, value: str) -> None:
    templates = templates_with(value)
    by_template = f"SELECT seq FROM tasks WHERE template IN ({marks(templates)})"
    condition.member(
        f"SELECT seq FROM ({by_template} UNION SELECT seq FROM plugins WHERE plugin = ?)", *templates, value
    )


def _filter(condition: Condition, value: str) -> None:
    columns = ("name", "resource", "template", "user")
    condition.scans = True
    terms = " OR ".join(f"{column} LIKE ? ESCAPE '\\'" for column in columns)
    condition.add(f"({terms})", *[f"%{_literal(value)}%"] * len(columns))


def _resource_expression(condition: Condition, value: str) -> None:
    raise bad_request("resourceMetadataExpression is not supported by the sandbox: it has no resource metadata")


_TERMS: Mapping[str, Callable[[Condition, str], None]] = {
    "name": _name,
    "resource": lambda condition, value: condition.add("resource = ?", value),
    "resourceType": lambda condition, value: condition.add("resource_type = ?", value),
    "type": lambda condition, value: condition.add("type = ?", _one_of("type", value, TYPES)),
    "status": lambda condition, value: condition.add("status = ?", _one_of("status", value, _STATUSES)),
    "template": _template,
    "plugin": _plugin,
    "filter": _filter,
    "resourceMetadataExpression": _resource_expression,
    "finishedBefore": lambda condition, value: condition.add("finished_ms < ?", _milliseconds(value)),
    "createdAfter": lambda condition, value: condition.add("created_ms > ?", _milliseconds(value)),
    "createdBefore": lambda condition, value: condition.add("created_ms < ?", _milliseconds(value)),
}


def _add_ids(condition: Condition, query: QueryParams) -> None:
    """`id` repeats, `ids` repeats or is comma-separated; each of the two narrows."""
    if ids := query.getlist("id"):
        condition.any_of("id", list(ids))
    if several := query.getlist("ids"):
        condition.any_of("id", [one for text in several for one in text.split(",")])


def _add_tags(condition: Condition, query: QueryParams) -> None:
    for name in dict.fromkeys(name for name in query if name.startswith("tags.")):
        key, values = name.removeprefix("tags."), query.getlist(name)
        accepted = [] if "" in values else list(values)
        with_value = f" AND value IN ({marks(accepted)})" if accepted else ""
        condition.member(f"SELECT seq FROM tags WHERE key = ?{with_value}", key, *accepted)
    if keys := [key for text in query.getlist("tags") for key in text.split(",")]:
        condition.member(f"SELECT DISTINCT seq FROM tags WHERE key IN ({marks(keys)})", *keys)


def _one_of(name: str, value: str, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        raise bad_request(f"{name}: expected one of {', '.join(allowed)}")
    return value


def _number(query: QueryParams, name: str, default: int) -> int:
    text = query.get(name, str(default))
    if not text.isdecimal() or len(text) > _MAX_DIGITS:
        raise bad_request(f"{name}: expected a number that is not negative")
    return int(text)


def _milliseconds(text: str) -> int:
    if not _TIME.fullmatch(text):
        raise bad_request("expected a time in epoch milliseconds")
    return int(text)
