"""The kinds of resources that there are."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Page:
    """A page that hosts show beside the results of a tool. It asks nothing of the service.

    It is not listed: the tool's definition leads to it.

    Attributes:
        uri: Its address, without variables.
        description: What it is good for, in one short sentence.
        mime_type: What its text is.
        tool: The tool that leads to it. Who may not call that may not read this.
        text: Returns its text for somebody to whom these tools are offered.
        meta: What goes out as `_meta` with the text.
    """

    uri: str
    description: str
    mime_type: str
    tool: str
    text: Callable[[Collection[str]], str]
    meta: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Live:
    """A resource that is read from the service, by the run of an operation.

    Attributes:
        kind: Which it is: how it is read, and what metrics call it.
        uri: Its address; with `{task_id}` it is a template.
        name: What programs call it.
        title: What people call it.
        description: What it holds, in one short sentence.
        mime_type: What its text is.
        tool: The operation that reads it. Who may not call that may not read this.
    """

    kind: Literal["overview", "task", "configuration"]
    uri: str
    name: str
    title: str
    description: str
    mime_type: str
    tool: str

    @property
    def is_template(self) -> bool:
        """Whether its address names a task."""
        return "{" in self.uri
