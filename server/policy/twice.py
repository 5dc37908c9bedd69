"""A field that a JSON document has twice, and where: the parser takes the last one and does not say so."""

import json
import re

from tools.text import quoted

_MAX_NAME = 60
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*+"(\s*+:)?|[{}]')
"""A text, with the colon that makes it the name of a field, and where an object begins and ends."""


def first_twice(text: str) -> str | None:
    """Return which field stands in one object twice, and in which lines; None where none does.

    Args:
        text: A JSON document that parses.
    """
    objects: list[dict[str, int]] = []
    line, position = 1, 0
    for token in _TOKEN.finditer(text):
        line, position = line + text.count("\n", position, token.start()), token.start()
        if token[0] == "{":
            objects.append({})
        elif token[0] == "}":
            objects.pop()
        elif token[1]:
            name = json.loads(token[0].removesuffix(token[1]))
            if name in objects[-1]:
                first = objects[-1][name]
                return f"line {line}: the field {quoted(name, _MAX_NAME)} is there twice, first in line {first}"
            objects[-1][name] = line
    return None
