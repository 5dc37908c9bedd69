"""What an operation is, and what it may know of the world: the contract between `tools` and `server`."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

from pydantic import BaseModel, ConfigDict, model_validator
from pydantic_core import PydanticCustomError

from tools.journal import Journal
from tools.models.lazy import Lazy
from tools.models.scalars import MAX_ARGUMENTS
from tools.request import Reply, Request
from tools.spellings import spellings
from tools.target import Target
from tools.timing import Timetable

ResultT = TypeVar("ResultT")
ArgsT = TypeVar("ArgsT", bound="Args")


class Effect(Enum):
    """What a call does to the tenant. Guard, hints, read-only mode and the tool table follow from it."""

    READ = "read"
    WRITE = "write"
    DESTROY = "destroy"


class Args(Lazy):
    """A tool's arguments: flat, snake_case or the API's own camelCase, nothing unknown; null counts as left out."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)

    @model_validator(mode="before")
    @classmethod
    def _in_our_spelling(cls, given: Mapping[str, Any]) -> dict[str, Any]:
        """Rename camelCase arguments and drop nulls.

        Raises:
            PydanticCustomError: an argument came in both spellings, or there are too many.
        """
        if len(given) > MAX_ARGUMENTS:
            raise PydanticCustomError("many", "{count} arguments are more than any tool has", {"count": len(given)})
        ours = spellings(cls)
        renamed: dict[str, Any] = {}
        for key, value in given.items():
            name = ours.get(key, key)
            if name in renamed:
                raise PydanticCustomError("twice", "{name} was given twice", {"name": name})
            renamed[name] = value
        return {name: value for name, value in renamed.items() if value is not None or name not in cls.model_fields}


class Api(Protocol):
    """The Tasks API, as far as operations need it, and the journal of what was changed through it."""

    target: Target | None
    """The task as it was when this call was admitted; None where none was looked at."""

    @property
    def journal(self) -> Journal:
        """What was changed through this server."""
        ...

    @property
    def timetable(self) -> Timetable:
        """What schedules come to."""
        ...

    async def send(self, request: Request, returns: type[ResultT]) -> Reply[ResultT]:
        """Send `request` and read the answer as `returns` (`NoneType`: the answer's body does not matter).

        Raises whatever the server's error tree holds for the failure; operations let it pass.
        """
        ...


class Shown(NamedTuple):
    """A result as it goes out: text for the model, data for programs. Each stands alone."""

    text: str
    data: Mapping[str, Any]


class Outcome(Protocol):
    """What a call came to."""

    def fit(self, limit: int) -> Shown:
        """Render in at most `limit` characters, counting whatever is left out and naming the call that gets it."""
        ...


@dataclass(frozen=True, slots=True)
class Preview:
    """What a person is asked before an operation acts.

    Attributes:
        question: One line, ours: what is about to be done.
        facts: What the target is now, as label and value; values are already safe to show.
        consequence: What will happen, what is lost and what can be undone.
        state: What consent is bound to. Nothing that moves by itself belongs here.
        answered: Set when there is nothing to do and so nothing to ask.
        target: The task, None where one is created.
        before: Its `status`, `specification` and last run, as the journal keeps them.
        difference: What a new specification changes: path, before, after; safe to show.
    """

    question: str
    facts: Sequence[tuple[str, str]]
    consequence: str
    state: Mapping[str, Any]
    answered: Outcome | None = None
    target: Target | None = None
    before: Mapping[str, Any] | None = None
    difference: Sequence[tuple[str, str, str]] = ()


class NotPossible(Exception):
    """The operation cannot do this as things are; nothing was sent that changes anything.

    Args:
        message: What stands in the way.
        hint: The way out.
    """

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation(Generic[ArgsT]):
    """One operation of the Tasks API, as a value: everything else is derived from it.

    Attributes:
        name: The tool's name; its first word is the verb.
        effect: What it does to the tenant.
        args: Its arguments. The input schema comes from this model.
        result: Its structured result. The output schema comes from this model.
        run: Carries it out; None for an operation that stands for others.
        preview: Fetches what a person needs to know first; an operation that changes something must have it.
        repeatable: Whether a second identical call leaves the same state.
        stands_for: Returns the call that is performed in its place, and so judged, asked about and kept in the journal.
        performs: The operations that it can stand for.
    """

    name: str
    title: str
    description: str
    effect: Effect
    args: type[ArgsT]
    result: type[BaseModel]
    run: Callable[[Api, ArgsT], Awaitable[Outcome]] | None = None
    preview: Callable[[Api, ArgsT], Awaitable[Preview]] | None = None
    repeatable: bool = field(default=True)
    stands_for: "Callable[[Api, ArgsT], Awaitable[Performed]] | None" = None
    performs: "Sequence[AnyOperation]" = ()

    def __post_init__(self) -> None:
        if (self.run is None) != bool(self.performs) or (self.run is None) != (self.stands_for is not None):
            raise TypeError(f"{self.name} is either carried out, or stands for what it performs")
        if self.effect is not Effect.READ and self.preview is None and self.stands_for is None:
            raise TypeError(f"{self.name} changes something, so it needs a preview that consent can be asked with")


@dataclass(frozen=True, slots=True)
class Performed:
    """The call that is performed in place of another.

    Attributes:
        operation: What is performed.
        args: With which arguments.
        undoes: The change that it undoes.
        note: What has to be said of it besides.
    """

    operation: "AnyOperation"
    args: Args
    undoes: str | None = None
    note: str | None = None


AnyOperation = Operation[Any]
"""An operation whose arguments are not known statically, as the catalog holds them."""
