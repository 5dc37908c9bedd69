"""What is wrong with arguments, in words that say how to mend them.

Pydantic's findings are translated by kind; what was given is never repeated, because a document may hold secrets.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from pydantic import ValidationError

from tools.models.specification import RULE_EXAMPLE, TEMPLATE_EXAMPLE
from tools.text import clean, quoted

_EXPECTED = {
    "string_type": "expected text",
    "int_type": "expected a whole number",
    "bool_type": "expected true or false",
    "list_type": "expected a list",
    "dict_type": "expected a JSON object",
    "model_type": "expected a JSON object",
    "string_too_short": "must not be empty",
    "literal_error": "expected one of {expected}",
    "greater_than_equal": "expected at least {ge}",
    "less_than_equal": "expected at most {le}",
    "too_short": "expected at least {min_length} items",
    "too_long": "expected at most {max_length} items",
    "missing": "is required",
    "string_unicode": "expected text in Unicode",
}
MAX_PROBLEMS = 10
"""Problems that are named at once: nobody mends more in one go."""

_MAX_NAME = 60
_ORDINARY = re.compile(r"[\w$-]+")
_EXAMPLES = {"template": TEMPLATE_EXAMPLE, "rule": RULE_EXAMPLE}
_OUR_OWN = frozenset(
    {"task_id", "time", "tags", "text", "twice", "offset", "duration", "version", "document", "form"}
    | {"type_settings", "cron", "rrule", "misplaced", "change_id", "many"}
)
"""Findings of this project's own models, which say what they have to say."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: where, and what was expected. `field` is empty for the arguments as a whole."""

    field: str
    message: str

    def __str__(self) -> str:
        return f"{self.field}: {self.message}" if self.field else self.message


def problems_of(error: ValidationError, valid: Sequence[str]) -> list[Problem]:
    """Return the first problems in `error`, the most helpful first; `valid` are the arguments that there are."""
    found = sorted(_findings(error), key=lambda finding: finding["type"] != "extra_forbidden")[:MAX_PROBLEMS]
    return [Problem(_field(finding["loc"]), _message(finding, valid)) for finding in found]


def example_for(error: ValidationError) -> str | None:
    """Return a valid specification in the form that was meant; None when the specification is not what is wrong."""
    for finding in _findings(error):
        if finding["loc"][:1] == ("specification",):
            return json.dumps(_EXAMPLES["rule" if finding["loc"][1:2] == ("rule",) else "template"])
    return None


def _findings(error: ValidationError) -> Iterator[Mapping[str, Any]]:
    """Yield pydantic's findings, those inside a specification with the way to it before their own."""
    for finding in error.errors(include_url=False, include_input=False):
        nested = finding.get("ctx", {}).get("error")
        if isinstance(nested, ValidationError):
            for inner in _findings(nested):
                yield {**inner, "loc": (*finding["loc"], *inner["loc"])}
        else:
            yield {**finding}


def _message(finding: Mapping[str, Any], valid: Sequence[str]) -> str:
    kind, context = finding["type"], finding.get("ctx", {})
    if kind == "extra_forbidden":
        return _unknown(str(finding["loc"][-1])[:_MAX_NAME], valid)
    if kind in _OUR_OWN:
        return finding["msg"]
    return _EXPECTED.get(kind, "is not valid").format_map(context).replace("'", "")


def _unknown(name: str, valid: Sequence[str]) -> str:
    alike = [field for field in valid if name in field or field in name]
    nearest = alike or get_close_matches(name, valid, n=1, cutoff=0.6)
    meant = f"did you mean {nearest[0]}? " if nearest else ""
    return f"unknown argument; {meant}valid are {', '.join(valid)}"


def _field(location: Sequence[str | int]) -> str:
    """Return the path to a value as a reader would write it: `specification.sensors[0].version`."""
    return "".join(_steps(location)).removeprefix(".")


def _steps(location: Sequence[str | int]) -> Iterator[str]:
    for position, step in enumerate(location):
        names_the_form = position == 1 and location[0] == "specification"
        if not names_the_form:
            yield f"[{step}]" if isinstance(step, int) else _named(step)


def _named(step: str) -> str:
    """Return a field's name; what is no ordinary one is in quotes, because it may be a sentence."""
    name = clean(step, _MAX_NAME)
    return f".{name}" if _ORDINARY.fullmatch(name) else f"[{quoted(name, _MAX_NAME - 4)}]"
