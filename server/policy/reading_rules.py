"""From a table `[[rule]]` to a rule."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import cast

from server.guard.policy import STRICTNESS, Requirement
from server.policy.conditions import Condition
from server.policy.glob import Glob
from server.policy.judged import JUDGED, judged_as_others
from server.policy.lines import Lines, Where
from server.policy.reading_conditions import listed, read_arguments, read_target
from server.policy.rules import Rule, has_target, overruling
from server.policy.wrong import Wrong, check_keys, kind, unknown
from tools.contract import AnyOperation, Effect

_KEYS = ("name", "operation", "require", "target", "arguments")
_NAMES = tuple(operation.name for operation in JUDGED)
_FOR_READS: tuple[Requirement, ...] = ("none", "deny")
_MAX_NAME = 100


def read_rules(document: Mapping[str, object], lines: Lines) -> tuple[Rule, ...]:
    """Return the rules of a policy.

    Raises:
        Wrong: with the first thing to mend.
    """
    check_keys(document, ("rule",), ())
    given = document.get("rule", [])
    if not isinstance(given, list) or not all(isinstance(one, dict) for one in cast("list[object]", given)):
        raise Wrong(("rule",), "expected rules, each under [[rule]] in double brackets")
    rules: list[Rule] = []
    for position, table in enumerate(cast("list[Mapping[str, object]]", given)):
        rules.append(_rule(table, ("rule", position), lines.of(("rule", position))))
        _check_reach(rules[-1], rules[:-1], ("rule", position))
    if not rules:
        raise Wrong((), "the policy has no rules: write some under [[rule]], or do without the file")
    return tuple(rules)


def _rule(given: Mapping[str, object], where: Where, line: int) -> Rule:
    check_keys(given, _KEYS, where)
    requirement = _requirement(given, where)
    operations = tuple(_operations(given, (*where, "operation")))
    rule = Rule(
        number=cast("int", where[-1]) + 1,
        line=line,
        name=_name(given, (*where, "name")),
        operations=operations,
        requirement=requirement,
        conditions=tuple(_conditions(given, where)),
    )
    _check_named(rule, where)
    _check_arguments(rule, cast("Mapping[str, object]", given.get("arguments", {})), (*where, "arguments"))
    return rule


def _name(given: Mapping[str, object], where: Where) -> str | None:
    name = given.get("name")
    if name is not None and not (isinstance(name, str) and name.isprintable() and 0 < len(name.strip()) <= _MAX_NAME):
        raise Wrong(where, f"name: expected one line of text in quotes, of at most {_MAX_NAME} characters")
    return name


def _requirement(given: Mapping[str, object], where: Where) -> Requirement:
    level = given.get("require")
    if level is None:
        raise Wrong(where, f"require is missing: expected one of {', '.join(STRICTNESS)}")
    if not isinstance(level, str):
        raise Wrong((*where, "require"), f"require: expected one of {', '.join(STRICTNESS)}, not {kind(level)}")
    if level not in STRICTNESS:
        raise Wrong((*where, "require"), unknown("level", level, STRICTNESS))
    return level


def _operations(given: Mapping[str, object], where: Where) -> Iterator[Glob]:
    if "operation" not in given:
        return
    for name in listed(given["operation"], where):
        if not isinstance(name, str):
            raise Wrong(where, f"operation: expected names in quotes, not {kind(name)}")
        yield _operation(Glob(name), where)


def _operation(glob: Glob, where: Where) -> Glob:
    """Return the pattern if there is something that it can be about.

    Raises:
        Wrong: there is not.
    """
    found = [operation for operation in JUDGED if glob.matches(operation.name)]
    if (instead := judged_as_others(glob.text)) is not None:
        raise Wrong(where, instead)
    if not found:
        raise Wrong(where, unknown("operation", glob.text, _NAMES))
    if not glob.is_literal and all(operation.effect is Effect.READ for operation in found):
        whole = ", ".join(operation.name for operation in found)
        raise Wrong(where, f"wildcards are only about what changes something: name what reads in full ({whole})")
    return glob


def _conditions(given: Mapping[str, object], where: Where) -> Iterator[Condition]:
    if "target" in given:
        yield from read_target(given["target"], (*where, "target"))
    if "arguments" in given:
        yield from read_arguments(given["arguments"], (*where, "arguments"))


def _check_named(rule: Rule, where: Where) -> None:
    """Hold a rule to what can be said about the operations that it names in full.

    Raises:
        Wrong: it would be skipped in silence for one of them.
    """
    for operation in _named_in_full(rule):
        if operation.effect is Effect.READ and rule.requirement not in _FOR_READS:
            raise Wrong((*where, "require"), f"{operation.name} only reads: expected {' or '.join(_FOR_READS)} for it")
        if rule.on_target and not has_target(operation):
            raise Wrong(
                (*where, "target"),
                f"{operation.name} is not judged on a task: leave out the conditions on one, or give it its own rule",
            )


def _named_in_full(rule: Rule) -> list[AnyOperation]:
    literal = [glob for glob in rule.operations if glob.is_literal]
    return [operation for operation in JUDGED if any(glob.matches(operation.name) for glob in literal)]


def _check_arguments(rule: Rule, keys: Iterable[str], where: Where) -> None:
    """Refuse a condition on an argument that is none: of each operation named in full, or of any that is covered.

    Raises:
        Wrong: naming what there is.
    """
    groups = [[operation] for operation in _named_in_full(rule)]
    groups.append([operation for operation in JUDGED if rule.covers(operation)])
    for group in filter(None, groups):
        valid = list(dict.fromkeys(name for operation in group for name in operation.args.model_fields))
        for key in keys:
            if key.partition(".")[0] not in valid:
                about = f"{group[0].name}: " if len(group) == 1 else ""
                raise Wrong((*where, key), about + unknown("argument", key.partition(".")[0], valid))


def _check_reach(rule: Rule, earlier: Sequence[Rule], where: Where) -> None:
    """Refuse a rule that can never apply where that leaves less asked for than was meant.

    Raises:
        Wrong: it covers nothing, or a laxer rule without conditions comes before it.
    """
    if not any(rule.covers(operation) for operation in JUDGED):
        raise Wrong(where, "it can never apply: it has conditions on a task, and nothing that it names has one")
    first = overruling(rule, earlier, JUDGED)
    if first is not None:
        raise Wrong(
            where,
            f"it can never apply: rule {first.number} in line {first.line} has no conditions and requires only "
            f"{first.requirement}; put the stricter one first",
        )
