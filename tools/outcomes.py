"""The two simple kinds of outcome: a statement with facts, and a JSON document that may come in parts."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, Field

from tools.contract import Shown
from tools.models.lazy import Lazy
from tools.text import json_text

_OVERHEAD = 400
"""Characters kept free for the lines around a part of a document."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A text that is short by construction, and its data."""

    text: str
    data: BaseModel

    def fit(self, limit: int) -> Shown:
        """Return text and data; both are far below any limit that the settings allow."""
        return Shown(self.text, self.data.model_dump(mode="json", exclude_defaults=True))


class Part(Lazy):
    """A stretch of a document's JSON text, for a document that is larger than one result may be."""

    text: str
    offset: int
    total_characters: int
    next_offset: int | None = Field(None, description="Where the next part starts; absent at the end.")


@dataclass(frozen=True, slots=True)
class Document:
    """A JSON document behind a line of heading; in parts when it is larger than the limit.

    Attributes:
        heading: Text that goes before the document.
        call: The call that got it, as `tool(task_id=…)` without the closing bracket, to spell out the next one.
        document: The document itself.
        field: The name under which the data holds the document.
        data: What the data holds besides.
        offset: The first character that is wanted.
    """

    heading: str
    call: str
    document: Mapping[str, Any]
    field: str
    data: Mapping[str, Any]
    offset: int = 0

    def fit(self, limit: int) -> Shown:
        """Return the whole document where it fits, else the part that starts at `offset` and the call for the next."""
        text = json_text(self.document)
        data = {**self.data, self.field: self.document}
        whole = f"{self.heading}\n{text}"
        if self.offset == 0 and max(len(whole), len(json.dumps(data))) <= limit:
            return Shown(whole, data)
        return self._part(text, limit - max(len(self.heading), len(json.dumps(self.data))) - _OVERHEAD)

    def _part(self, text: str, room: int) -> Shown:
        start = min(self.offset, len(text))
        stretch = text[start : start + room]
        while len(json.dumps(stretch)) > room:
            stretch = stretch[: len(stretch) * 9 // 10]
        end = start + len(stretch)
        part = Part(
            text=stretch, offset=start, total_characters=len(text), next_offset=end if end < len(text) else None
        )
        lines = [self.heading, f"Characters {start}-{end} of {len(text)} of the JSON text:", stretch]
        if part.next_offset is not None:
            lines.append(f"More: {self.call}, offset={end}). Join the parts; if a total differs, start again.")
        return Shown("\n".join(lines), {**self.data, "part": part.model_dump(exclude_defaults=True)})
