from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.cli import run
from server.guard.policy import STRICTNESS
from server.policy.way_around import ways_around
from tests.server.policy.test_properties import ARGUMENTS, RULES, TARGETS, readable
from tests.support.policies import BY_NAME, policy
from tools.contract import Target

HIGH = 'target.tags.criticality = "high"'


def rule(require: str, operation: str | None, *conditions: str) -> str:
    named = [f"operation = {operation}"] if operation else []
    return "\n".join(["[[rule]]", f'require = "{require}"', *named, *conditions]) + "\n"


def warned(folder: Path, *rules: str) -> list[tuple[int, list[str], str, int | None]]:
    """Return which rules can be gone around, for what, and what replacing then comes to by which rule."""
    return [
        (
            way.rule.number,
            [operation.name for operation in way.operations],
            way.requirement,
            way.through.number if way.through else None,
        )
        for way in ways_around(policy(folder, "".join(rules)))
    ]


@pytest.mark.parametrize("level", ["human", "approver", "deny"])
def test_a_task_that_may_not_be_stopped_but_replaced_is_warned_of(tmp_path: Path, level: str) -> None:
    assert warned(tmp_path, rule(level, '"stop_task"', HIGH)) == [(1, ["stop_task"], "none", None)]
    assert warned(tmp_path, rule(level, '["delete_task", "stop_*"]')) == [
        (1, ["stop_task", "delete_task"], "none", None)
    ]


@pytest.mark.parametrize(
    "rules",
    [
        (rule("confirm", '"stop_task"'),),
        (rule("deny", '"start_task"'),),
        (rule("deny", None, HIGH),),
        (rule("deny", '["stop_task", "replace_task"]', HIGH),),
        (rule("human", '"*_task"', 'target.status = "running"'),),
        # The same tasks, or more of them, are protected from being replaced by another rule.
        (rule("deny", '"replace_task"'), rule("deny", '"stop_task"', HIGH)),
        (rule("deny", '"stop_task"', HIGH), rule("deny", '"replace_task"', "target.tags.criticality = true")),
        (
            rule("deny", '"stop_task"', 'target.name = "Cold 1"'),
            rule("deny", '"replace_task"', 'target.name = "cold*"'),
        ),
        # What is free is another task, or one that may be stopped just as well.
        (rule("none", '"replace_task"', 'target.status = "stopped"'), rule("deny", None, 'target.status = "running"')),
        (rule("none", '"replace_task"', "target.protected = false"), rule("deny", None, "target.protected = true")),
        (rule("none", None, 'target.name = "[scratch] *"'), rule("deny", None, HIGH)),
        # The rule never decides.
        (rule("deny", None), rule("deny", '"stop_task"', HIGH)),
        # It is about a way of deleting, and the task may be deleted in another.
        (rule("deny", '"delete_task"', "arguments.force_stop = true"),),
    ],
)
def test_nothing_is_said_where_there_is_no_way_around(tmp_path: Path, rules: tuple[str, ...]) -> None:
    assert warned(tmp_path, *rules) == []


@pytest.mark.parametrize(
    ("rules", "requirement", "through"),
    [
        ((rule("deny", '"stop_task"', HIGH), rule("human", '"replace_task"')), "human", 2),
        ((rule("deny", '"stop_task"'), rule("deny", '"replace_task"', HIGH)), "none", None),
        ((rule("deny", '"stop_task"', 'target.name = "a*"'), rule("deny", '"replace_task"', 'target.name = "ab*"')),
         "none", None),
        ((rule("human", '"stop_task"', 'target.resource = "a"'),
          rule("none", '"replace_task"', 'target.resource = "b"'), rule("human", '"replace_task"')), "none", 2),
        ((rule("deny", '"stop_task"'), rule("deny", '"replace_task"', 'arguments."specification.template" = "x"')),
         "none", None),
    ],
)  # fmt: skip
def test_what_replacing_can_come_to_is_found(
    tmp_path: Path, rules: tuple[str, ...], requirement: str, through: int | None
) -> None:
    assert warned(tmp_path, *rules) == [(1, ["stop_task"], requirement, through)]


def test_a_rule_that_lets_some_replacements_through_and_no_stop_is_found(tmp_path: Path) -> None:
    lax = rule("none", None, 'arguments."specification.name" = "x"')
    assert warned(tmp_path, lax, rule("deny", None, HIGH)) == [(2, ["stop_task", "delete_task"], "none", 1)]


@given(st.lists(RULES, min_size=1, max_size=4), TARGETS, ARGUMENTS, st.sampled_from(["stop_task", "delete_task"]))
def test_no_task_for_which_there_is_a_way_around_is_missed(
    rules: list[dict[str, Any]], target: Target, arguments: dict[str, str], name: str
) -> None:
    found = readable(rules)
    ending, replacing = (found.judge(BY_NAME[one], target, arguments) for one in (name, "replace_task"))
    required, other = map(STRICTNESS.index, (ending.requirement, replacing.requirement))
    if required >= STRICTNESS.index("human") and other < required:
        way = next(way for way in ways_around(found) if found.ruling(way.rule) == ending)
        assert BY_NAME[name] in way.operations
        assert STRICTNESS.index(way.requirement) <= other


def shown(capsys: pytest.CaptureFixture[str], folder: Path, *rules: str) -> list[str]:
    (folder / "policy.toml").write_text("".join(rules))
    assert run(["policy", "check", str(folder / "policy.toml")]) == 0
    return capsys.readouterr().out.split("\n\n", 2)[-1].splitlines()


def test_it_says_which_rule_why_it_matters_and_what_to_write(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    which, why, what = shown(capsys, tmp_path, rule("deny", '"stop_task"', 'name = "no stops"', HIGH))
    assert which.startswith(
        "warning: rule 1, line 1 (no stops) requires deny for stop_task, but replace_task of the same"
    )
    assert which.endswith(" tasks can come to none, by the default.")
    assert why.endswith(" can be left running with nothing to do: that goes around the rule, and nobody is asked.")
    assert what == '  Write in rule 1: operation = ["stop_task", "replace_task"].'


def test_what_it_says_to_write_is_enough(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    free, mended = rule("confirm", '"replace_task"'), rule("deny", '["stop_task", "replace_task"]', HIGH)
    said = shown(capsys, tmp_path, free, rule("deny", '"stop_task"', HIGH))
    assert said[1] == "  A task that is replaced can be left running with nothing to do: that goes around the rule."
    assert said[2] == '  Write in rule 2: operation = ["stop_task", "replace_task"], and put it before rule 1.'
    assert (
        shown(capsys, tmp_path, free, mended)[2]
        == "  Rule 2 names replace_task, but comes too late: put it before rule 1."
    )
    assert warned(tmp_path, mended, free) == []
