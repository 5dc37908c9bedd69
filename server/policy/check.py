"""What a policy comes to, for whoever writes one: its rules, or what it says of a call and why. Nothing is fetched."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from server.guard.policy import STRICTNESS
from server.policy.conditions import facts_of
from server.policy.described import described_arguments, described_task
from server.policy.file_policy import FilePolicy
from server.policy.judged import JUDGED, judged_as_others
from server.policy.reading import read_policy
from server.policy.rules import Rule, has_target
from server.policy.way_around import ways_around
from server.policy.wrong import unknown
from server.settings import SettingsError
from tools.contract import AnyOperation


def check(file: Path, operation: str | None, task: Sequence[str], arguments: Sequence[str]) -> str:
    """Return what the policy in `file` says: of the call that is described, or else in all.

    Args:
        file: The policy.
        operation: The operation that is called; None shows the rules.
        task: The task it is called on, as `field=value` pairs and JSON files.
        arguments: What it is called with, as `key=value` pairs.

    Raises:
        SettingsError: the policy or the description has a mistake; it says which.
    """
    policy = read_policy(file)
    if operation is None:
        if task or arguments:
            raise SettingsError("--task and --argument describe a call: add --operation")
        return "\n".join(_overview(policy)) + "\n"
    called = next((one for one in JUDGED if one.name == operation), None)
    if called is None:
        valid = [one.name for one in JUDGED]
        raise SettingsError(f"--operation: {judged_as_others(operation) or unknown('operation', operation, valid)}")
    if task and not has_target(called):
        raise SettingsError(f"--task: {operation} is not judged on a task, only on its arguments")
    return "\n".join(_verdict(policy, called, task, described_arguments(arguments, called))) + "\n"


def _overview(policy: FilePolicy) -> Iterator[str]:
    yield from _table(
        ("rule", "line", "requires", "operations", "name", "where"),
        [
            (str(rule.number), str(rule.line), rule.requirement, _operations(rule), rule.name or "", _where(rule))
            for rule in policy.rules
        ],
    )
    yield from ("", "The first rule that applies decides; where none does, the default. So a call can require:")
    yield from _table(("operation", "can require"), [(one.name, _possible(policy, one)) for one in JUDGED])
    for way in ways_around(policy):
        yield from ("", *way.told())


def _verdict(
    policy: FilePolicy, operation: AnyOperation, task: Sequence[str], arguments: Mapping[str, Any]
) -> Iterator[str]:
    """Yield why each rule before it does not apply, the one that does, and what it requires."""
    target = described_task(task) if has_target(operation) else None
    facts = facts_of(target, arguments)
    for rule in policy.rules:
        reason = _mismatch(rule, operation, facts)
        yield f"{rule}: {reason or 'applies'}"
        if reason is None:
            break
    else:
        yield "no rule applies, so the default does"
    ruling = policy.judge(operation, target, arguments)
    yield f"{operation.name} requires {ruling.requirement}: {ruling.rule}"


def _mismatch(rule: Rule, operation: AnyOperation, facts: Mapping[str, Any]) -> str | None:
    """Return the first thing because of which the rule does not apply."""
    if not rule.names(operation):
        return f"does not apply, it is about {_operations(rule)}"
    if not rule.covers(operation):
        return f"does not apply, it has conditions on a task, and {operation.name} is judged without one"
    failing = rule.failing(facts)
    return failing and f"does not apply, it wants {failing}, and {failing.found(facts)}"


def _operations(rule: Rule) -> str:
    return ", ".join(glob.text for glob in rule.operations) or "all that change something"


def _where(rule: Rule) -> str:
    return " and ".join(map(str, rule.conditions))


def _possible(policy: FilePolicy, operation: AnyOperation) -> str:
    return " or ".join(sorted(policy.possible(operation), key=STRICTNESS.index))


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yield lines with the columns in line."""
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    for row in (head, *rows):
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
