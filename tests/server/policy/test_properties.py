import json
import re
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from server.guard.policy import STRICTNESS
from server.policy.file_policy import FilePolicy
from server.policy.glob import Glob
from server.policy.rules import has_target
from server.settings import SettingsError
from tests.support.policies import BY_NAME, policy, task
from tools.contract import AnyOperation, Effect, Target

CHANGES = [name for name, operation in BY_NAME.items() if operation.effect is not Effect.READ]
SHORT = st.text("aB[1.", max_size=4)
PATTERNS = st.text("aB[1.*?", min_size=1, max_size=4)
RULES: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {"require": st.sampled_from(STRICTNESS)},
    optional={
        "operation": st.lists(st.sampled_from([*CHANGES, "*", "*_task", "st*"]), min_size=1, max_size=3),
        "target": st.fixed_dictionaries(
            {},
            optional={
                "name": PATTERNS,
                "status": st.sampled_from(["running", "stop*", "?*"]),
                "resource": st.lists(PATTERNS, min_size=1, max_size=2),
                "protected": st.booleans(),
                "tags": st.dictionaries(st.sampled_from("ab"), PATTERNS | st.booleans(), min_size=1),
            },
        ).filter(bool),
        "arguments": st.fixed_dictionaries({"task_id": PATTERNS}),
    },
)
TARGETS = st.builds(
    task,
    name=SHORT,
    status=st.sampled_from(["running", "pending", "stopped", "failed", "unheard of"]),
    resources=st.lists(SHORT, max_size=2).map(tuple),
    protected=st.booleans(),
    tags=st.dictionaries(st.sampled_from("ab"), SHORT),
)
ARGUMENTS = st.fixed_dictionaries({}, optional={"task_id": SHORT})
OPERATIONS = st.sampled_from(list(BY_NAME.values()))


def value(of: object) -> str:
    """Return a value in TOML; JSON differs from it in tables only."""
    if isinstance(of, dict):
        return "{" + ", ".join(f"{key} = {value(one)}" for key, one in of.items()) + "}"  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    return json.dumps(of)


def written(rules: Sequence[dict[str, Any]]) -> str:
    return "\n".join("[[rule]]\n" + "\n".join(f"{key} = {value(one)}" for key, one in rule.items()) for rule in rules)


def read(text: str) -> FilePolicy:
    with tempfile.TemporaryDirectory() as folder:
        return policy(Path(folder), text)


def readable(rules: Sequence[dict[str, Any]]) -> FilePolicy:
    try:
        return read(written(rules))
    except SettingsError as error:
        assume("never apply" not in str(error) and "is not judged on" not in str(error))
        assume("unknown argument" not in str(error))
        raise


def plain(pattern: str, text: str) -> bool:
    """Match a pattern the obvious way."""
    if not pattern:
        return not text
    if pattern[0] == "*":
        return any(plain(pattern[1:], text[start:]) for start in range(len(text) + 1))
    return bool(text) and pattern[0] in ("?", text[0]) and plain(pattern[1:], text[1:])


def same(pattern: str, text: str) -> bool:
    return plain(pattern.lower(), text.lower())


def told_apart(rule: dict[str, Any], operation: AnyOperation, target: Target, arguments: dict[str, str]) -> bool:
    """Tell the obvious way whether a rule applies."""
    wanted = rule.get("target", {})
    if operation.effect is Effect.READ or (wanted and not has_target(operation)):
        return False
    tags = wanted.get("tags", {})
    return all(
        (
            any(same(one, operation.name) for one in rule.get("operation", ["*"])),
            "name" not in wanted or (target.name != "" and same(wanted["name"], target.name)),
            "status" not in wanted or same(wanted["status"], target.status),
            "resource" not in wanted or any(same(one, held) for one in wanted["resource"] for held in target.resources),
            "protected" not in wanted or wanted["protected"] is target.protected,
            *((key in target.tags) is one for key, one in tags.items() if isinstance(one, bool)),
            *(same(one, str(target.tags.get(key, "\n"))) for key, one in tags.items() if isinstance(one, str)),
            *(key in target.tags for key, one in tags.items() if isinstance(one, str)),
            *(key in arguments and same(one, arguments[key]) for key, one in rule.get("arguments", {}).items()),
        )
    )


@given(st.lists(RULES, min_size=1, max_size=5), OPERATIONS, TARGETS, ARGUMENTS)
def test_the_first_rule_that_applies_decides(
    rules: list[dict[str, Any]], operation: AnyOperation, target: Target, arguments: dict[str, str]
) -> None:
    ruling = readable(rules).judge(operation, target, arguments)
    first = next((rule for rule in enumerate(rules, 1) if told_apart(rule[1], operation, target, arguments)), None)
    if first is None:
        assert ruling.rule == "the default"
    else:
        assert ruling.requirement == first[1]["require"]
        assert ruling.rule.startswith(f"rule {first[0]} of policy.toml, line ")


@given(st.lists(RULES, min_size=1, max_size=5), OPERATIONS, st.none() | TARGETS, ARGUMENTS)
def test_nothing_is_required_that_was_not_possible(
    rules: list[dict[str, Any]], operation: AnyOperation, target: Target | None, arguments: dict[str, str]
) -> None:
    found = readable(rules)
    assert found.judge(operation, target, arguments).requirement in found.possible(operation)


@given(st.lists(RULES, min_size=1, max_size=5), OPERATIONS, TARGETS, ARGUMENTS)
def test_not_knowing_the_task_never_makes_it_easier(
    rules: list[dict[str, Any]], operation: AnyOperation, target: Target, arguments: dict[str, str]
) -> None:
    found = readable(rules)
    known, blind = (found.judge(operation, one, arguments).requirement for one in (target, None))
    assert STRICTNESS.index(blind) >= STRICTNESS.index(known)


@given(st.lists(RULES, min_size=1, max_size=5))
def test_a_rule_is_found_in_the_line_where_it_stands(rules: list[dict[str, Any]]) -> None:
    lines = written(rules).split("\n")
    for rule in readable(rules).rules:
        assert lines[rule.line - 1] == "[[rule]]"
        assert lines[: rule.line].count("[[rule]]") == rule.number


@given(PATTERNS, SHORT)
def test_a_pattern_matches_what_it_says(pattern: str, text: str) -> None:
    assert Glob(pattern).matches(text) is same(pattern, text)


MIXED = """[[rule]] [rule.target] [rule.target.tags] [rule.arguments] require="deny" operation="stop_task" name="x"
tags.a=true "a.b"=5 x=[ ] ''' #text protected=1 rule={}"""
PIECES = st.sampled_from(MIXED.split())


@given(st.text() | st.lists(PIECES, max_size=8).map("\n".join) | st.lists(RULES, max_size=3).map(written), st.data())
def test_a_file_is_read_or_a_line_of_it_is_named(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    text = text[:start] + data.draw(st.text(max_size=3)) + text[data.draw(st.integers(start, len(text))) :]
    stopped = mistake(text)
    if stopped is not None:
        line = re.search(r"policy\.toml, line (\d+): .", stopped)
        assert line
        assert 1 <= int(line[1]) <= text.count("\n") + 1
        assert len(stopped.splitlines()) == 1


def mistake(text: str) -> str | None:
    try:
        read(text)
    except SettingsError as error:
        return str(error)
    return None
