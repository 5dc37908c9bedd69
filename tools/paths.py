"""The way to a value in a document, as a reader would write it: `sensors[0].properties.script, lines 3-4`."""

import re

from tools.text import json_text

LONGEST_KEY = 100
"""Characters of JSON up to which a path shows a field's name whole."""

_PLAIN_KEY = re.compile(r"[A-Za-z0-9_$-]{1,100}")

Steps = tuple[str | int | range, ...]
"""The way to a value: fields, items of lists, lines of a text."""


def path_of(steps: Steps) -> str:
    """Return a way as text; the name of a field that is no ordinary one is in brackets and quotes."""
    return "".join(map(_step, steps)).removeprefix(".") or "everything"


def _step(step: str | int | range) -> str:
    if isinstance(step, int):
        return f"[{step}]"
    if isinstance(step, range):
        return f", line {step.stop}" if len(step) == 1 else f", lines {step.start + 1}-{step.stop}"
    return f".{step}" if _PLAIN_KEY.fullmatch(step) else f"[{shortened_in_the_middle(json_text(step), LONGEST_KEY)}]"


def shortened_in_the_middle(text: str, limit: int) -> str:
    """Return a path with its start and its end, which names the value; what is left out between them is counted."""
    if len(text) <= limit:
        return text
    head = limit // 3
    return f"{text[:head]}… {len(text) - limit} characters …{text[len(text) - (limit - head) :]}"
