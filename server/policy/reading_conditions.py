"""From the tables of a rule to its conditions."""

from collections.abc import Collection, Iterator, Mapping
from typing import cast, get_args

from server.policy.conditions import MAX_STEPS, Condition, Exactly, Pattern, Present, Wanted
from server.policy.glob import Glob
from server.policy.lines import Where
from server.policy.wrong import Wrong, check_keys, kind, unknown
from tools.models.queries import TaskStatus, TaskType

WORDS: Mapping[str, tuple[str, ...]] = {"status": get_args(TaskStatus), "type": get_args(TaskType)}
"""Facts of a task that are one of a few words."""

FACTS = ("name", "status", "type", "template", "resource", "protected", "tags")
"""What a rule can ask about a task."""

_LARGEST = 2**63
"""What TOML promises to keep of whole numbers. What is no number is not less, either."""


def table(given: object, where: Where) -> Mapping[str, object]:
    """Return a table that holds something.

    Raises:
        Wrong: it is none, or empty: a condition that was forgotten would make the rule a wider one.
    """
    if not isinstance(given, dict):
        raise Wrong(where, f"{where[-1]}: expected a table of conditions, not {kind(given)}")
    if not given:
        raise Wrong(where, f"{where[-1]} has no conditions: write some, or leave it out")
    return cast("dict[str, object]", given)


def read_target(given: object, where: Where) -> Iterator[Condition]:
    """Yield the conditions in `[rule.target]`.

    Raises:
        Wrong: with the first thing to mend.
    """
    conditions = table(given, where)
    check_keys(conditions, FACTS, where)
    for fact, value in conditions.items():
        if fact == "tags":
            for key, wanted in table(value, (*where, fact)).items():
                yield Condition(("target", fact, key), tuple(_tag(wanted, (*where, fact, key))))
        elif fact == "protected":
            yield Condition(("target", fact), (_flag(value, (*where, fact)),))
        else:
            yield Condition(("target", fact), tuple(_patterns(value, (*where, fact), WORDS.get(fact, ()))))


def read_arguments(given: object, where: Where) -> Iterator[Condition]:
    """Yield the conditions in `[rule.arguments]`; tables in it and dotted keys are the same.

    Raises:
        Wrong: with the first thing to mend.
    """
    for key, value in table(given, where).items():
        path = (*where, key)
        if isinstance(value, dict):
            if len(path) > MAX_STEPS + 1:
                raise _no_path(where)
            yield from read_arguments(cast("object", value), path)
        else:
            yield Condition(_steps(path), tuple(_literals(value, path)))


def _steps(where: Where) -> tuple[str, ...]:
    """Return the steps to an argument: `where` without the rule that the condition is in.

    Raises:
        Wrong: one is empty, or there are too many.
    """
    steps = tuple(step for key in where[2:] for step in str(key).split("."))
    if not all(steps) or len(steps) > MAX_STEPS:
        raise _no_path(where)
    return steps


def _no_path(where: Where) -> Wrong:
    return Wrong(where, f"expected the path to an argument: 1 to {MAX_STEPS - 1} names with dots between them")


def _tag(value: object, where: Where) -> Iterator[Wanted]:
    if isinstance(value, bool):
        yield Present(value)
    else:
        yield from _patterns(value, where, (), or_else=", or true or false for whether the tag is there")


def _flag(value: object, where: Where) -> Exactly:
    if not isinstance(value, bool):
        raise Wrong(where, f"{where[-1]}: expected true or false, not {kind(value)}")
    return Exactly(value)


def _patterns(value: object, where: Where, words: Collection[str], or_else: str = "") -> Iterator[Pattern]:
    for one in listed(value, where):
        if not isinstance(one, str):
            raise Wrong(where, f"{where[-1]}: expected text in quotes{or_else}, not {kind(one)}")
        yield _pattern(one, where, words)


def _literals(value: object, where: Where) -> Iterator[Wanted]:
    for one in listed(value, where):
        if isinstance(one, str):
            yield _pattern(one, where, ())
        elif isinstance(one, (bool, int, float)) and abs(one) <= _LARGEST:
            yield Exactly(one)
        else:
            raise Wrong(where, f"{where[-1]}: expected text in quotes, a number, true or false, not {kind(one)}")


def _pattern(text: str, where: Where, words: Collection[str]) -> Pattern:
    """Return the pattern; where only a few words are possible, it has to match one of them.

    Raises:
        Wrong: it matches nothing.
    """
    glob = Glob(text)
    if not text:
        raise Wrong(where, f"{where[-1]} must not be empty: what is empty matches nothing")
    if words and not any(map(glob.matches, words)):
        raise Wrong(where, unknown(str(where[-1]), text, words))
    return Pattern(glob)


def listed(value: object, where: Where) -> list[object]:
    """Return a list as it is and one value as a list.

    Raises:
        Wrong: the list is empty.
    """
    if value == []:
        raise Wrong(where, f"{where[-1]} names nothing: the list is empty")
    return cast("list[object]", value) if isinstance(value, list) else [value]
