"""The kinds of resources that there are."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal


def _as_it_is(text: str, tools: Collection[str]) -> str:
    return text


@dataclass(frozen=True, slots=True)
class Fixed:
    """A resource whose text is this server's own, and asks nothing of the service.

    Attributes:
        uri: Its address, without variables.
        name: What programs call it.
        title: What people call it.
        description: What it is good for, in one short sentence: every client is told at once.
        mime_type: What its text is.
        load: Returns its text; called when it is first read, and never again.
        meta: What goes out as `_meta`, in the list and with the text.
        tools: The tools without which it is of no use. It is listed and given where all of them are offered.
        listed: Whether it is listed, too: what a tool leads to is found without.
        fitted: Returns the text as it is for somebody to whom these tools are offered.
    """

    uri: str
    name: str
    title: str
    description: str
    mime_type: str
    load: Callable[[], str]
    meta: Mapping[str, Any] = field(default_factory=dict[str, Any])
    tools: frozenset[str] = frozenset()
    listed: bool = True
    fitted: Callable[[str, Collection[str]], str] = _as_it_is


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

    @property
    def tools(self) -> frozenset[str]:
        """The tools without which it is of no use."""
        return frozenset({self.tool})
