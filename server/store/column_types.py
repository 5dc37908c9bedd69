"""Column types that keep every text that Python has, the same in SQLite and in PostgreSQL.

PostgreSQL refuses the character NUL, and no database takes half a surrogate pair. Names and specifications come from
strangers and may hold both, and what cannot be kept could not be undone.
"""

import json
import re
from typing import Any

from sqlalchemy import Dialect, Text
from sqlalchemy.types import TypeDecorator

_MARK = "\x1a"
_UNKEEPABLE = re.compile("[\x00\x1a\ud800-\udfff]")
_MARKED = re.compile("\x1a([0-9a-f]{4})")


class AnyText(TypeDecorator[str]):
    """Text, in which a character that cannot be kept stands as SUBSTITUTE and its number. Texts differ as before."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Return what is kept of a text."""
        return None if value is None else _UNKEEPABLE.sub(lambda found: f"{_MARK}{ord(found[0]):04x}", value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        """Return the text."""
        return None if value is None else _MARKED.sub(lambda found: chr(int(found[1], 16)), value)


class Document(TypeDecorator[Any]):
    """A JSON document as text: in ASCII, so that it can be kept, with all the numbers that Python reads and writes."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any | None, dialect: Dialect) -> str | None:
        """Return the document's text; None is no document."""
        return None if value is None else json.dumps(value, separators=(",", ":"))

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any | None:
        """Return the document."""
        return None if value is None else json.loads(value)
