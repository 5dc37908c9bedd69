from pathlib import Path

import pytest

from server.guard.policy import STRICTNESS, DefaultPolicy, OpenPolicy, Requirement, Ruling, tightened
from server.policy.judged import JUDGED
from tests.support.policies import BY_NAME, policy, task

TWO = """\
[[rule]]
name = "alarms in production"
require = "approver"
target.resource = "coldstore-*"

[[rule]]
operation = "stop_*"
require = "none"
"""


def test_the_first_rule_that_applies_decides_and_says_where_it_stands(tmp_path: Path) -> None:
    found, stop = policy(tmp_path, TWO), BY_NAME["stop_task"]
    alarm = found.judge(stop, task(resources=("coldstore-1",)), {})
    assert alarm == Ruling("approver", "rule 1 of policy.toml, line 1: alarms in production")
    assert found.judge(stop, task(), {}) == Ruling("none", "rule 2 of policy.toml, line 6")


def test_where_no_rule_applies_the_default_does(tmp_path: Path) -> None:
    found = policy(tmp_path, TWO)
    assert found.judge(BY_NAME["delete_task"], task(), {}) == Ruling("confirm", "the default")
    assert found.judge(BY_NAME["start_task"], task(), {}) == Ruling("none", "the default")


def test_a_rule_without_operations_is_about_everything_that_changes_something(tmp_path: Path) -> None:
    found = policy(tmp_path, '[[rule]]\nrequire = "deny"\n')
    denied = {operation.name for operation in JUDGED if "deny" in found.possible(operation)}
    assert denied == {"create_task", "replace_task", "start_task", "stop_task", "delete_task"}


def test_reading_is_only_matched_where_it_is_named_in_full(tmp_path: Path) -> None:
    assert policy(tmp_path, '[[rule]]\noperation = "*"\nrequire = "deny"').possible(BY_NAME["get_task"]) == {"none"}
    found = policy(tmp_path, '[[rule]]\noperation = ["*", "Get_Task"]\nrequire = "deny"')
    assert found.possible(BY_NAME["get_task"]) == {"deny"}
    assert found.possible(BY_NAME["list_tasks"]) == {"none"}


def test_a_wildcard_with_conditions_on_a_task_is_about_what_has_one(tmp_path: Path) -> None:
    found = policy(tmp_path, '[[rule]]\noperation = "*_task"\nrequire = "deny"\ntarget.name = "*"')
    assert found.possible(BY_NAME["create_task"]) == {"none"}
    assert found.judge(BY_NAME["create_task"], None, {}).requirement == "none"
    assert found.judge(BY_NAME["start_task"], task(), {}).requirement == "deny"


def test_without_the_task_the_strictest_of_what_could_apply_holds(tmp_path: Path) -> None:
    rules = [("none", "*"), ("approver", "a*"), ("human", "b*")]
    text = "\n".join(f'[[rule]]\nrequire = "{level}"\ntarget.name = "{name}"' for level, name in rules)
    found = policy(tmp_path, text)
    assert found.judge(BY_NAME["stop_task"], None, {}).requirement == "approver"
    lax = policy(tmp_path, '[[rule]]\nrequire = "none"\ntarget.name = "*"')
    assert lax.judge(BY_NAME["stop_task"], None, {}).requirement == "confirm"


def test_what_is_possible_ends_with_the_first_rule_without_conditions(tmp_path: Path) -> None:
    found = policy(tmp_path, TWO)
    assert found.possible(BY_NAME["stop_task"]) == {"approver", "none"}
    assert found.possible(BY_NAME["delete_task"]) == {"approver", "confirm"}
    assert found.possible(BY_NAME["list_tasks"]) == {"none"}


def test_the_default_asks_before_it_stops_or_deletes() -> None:
    asked = {operation.name for operation in JUDGED if "confirm" in DefaultPolicy().possible(operation)}
    assert asked == {"stop_task", "delete_task"}
    assert DefaultPolicy().judge(BY_NAME["stop_task"], task(), {}) == Ruling("confirm", "the default")


def test_an_open_policy_asks_for_nothing() -> None:
    for operation in JUDGED:
        assert OpenPolicy().judge(operation, None, {}) == Ruling("none", "confirmation is off")
        assert OpenPolicy().possible(operation) == {"none"}


@pytest.mark.parametrize("level", STRICTNESS)
def test_tightening_raises_what_is_asked_for_and_asks_for_nothing_new(tmp_path: Path, level: Requirement) -> None:
    found = tightened(policy(tmp_path, f'[[rule]]\nrequire = "{level}"'), "human")
    expected = "human" if level == "confirm" else level
    ruling = found.judge(BY_NAME["stop_task"], task(), {})
    assert (ruling.requirement, found.possible(BY_NAME["stop_task"])) == (expected, {expected})
    assert ruling.rule.endswith(", tightened to human") is (level == "confirm")
