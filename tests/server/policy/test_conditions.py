import time
from pathlib import Path
from typing import Any

import pytest

from server.policy.glob import Glob
from tests.support.policies import BY_NAME, policy, task


def judged(folder: Path, conditions: str, facts: dict[str, Any], arguments: dict[str, Any] | None = None) -> str:
    rule = f'[[rule]]\noperation = "delete_task"\nrequire = "deny"\n{conditions}'
    return policy(folder, rule).judge(BY_NAME["delete_task"], task(**facts), arguments or {}).requirement


@pytest.mark.parametrize(
    ("condition", "facts"),
    [
        ('name = "*cold store*"', {"name": "Ghent: COLD STORE 4"}),
        ('name = ["*freezer*", "cold store ?"]', {"name": "Cold store 4"}),
        ('name = "[test] *"', {"name": "[test] cold store"}),
        ('status = ["running", "pending"]', {"status": "pending"}),
        ('status = "p*"', {"status": "pending"}),
        ('type = "periodic"', {"type": "periodic"}),
        ('template = "coldStore*"', {"template": "coldstoreDoor"}),
        ('resource = "coldstore-*"', {"resources": ("door-1", "coldstore-2")}),
        ("protected = true", {"protected": True}),
        ("protected = false", {"protected": False}),
        ('tags.site = "ghent"', {"tags": {"site": "Ghent"}}),
        ('tags.site = ["antwerp", "gh*"]', {"tags": {"site": "ghent"}}),
        ('tags.site = "ghent"', {"tags": {"site": ["antwerp", "ghent"]}}),
        ('tags.unit = "4"', {"tags": {"unit": 4}}),
        ('tags.audited = "true"', {"tags": {"audited": True}}),
        ("tags.audited = true", {"tags": {"audited": None}}),
        ("tags.audited = false", {"tags": {"site": "ghent"}}),
        ('tags."a.b" = "c"', {"tags": {"a.b": "c"}}),
    ],
)
def test_a_condition_on_the_task_holds(tmp_path: Path, condition: str, facts: dict[str, Any]) -> None:
    assert judged(tmp_path, f"[rule.target]\n{condition}", facts) == "deny"


@pytest.mark.parametrize(
    ("condition", "facts"),
    [
        ('name = "cold store"', {"name": "Cold store 4"}),
        ('name = "[test]*"', {"name": "t: cold store"}),
        ('name = "*"', {"name": ""}),
        ('status = ["stopped", "failed"]', {"status": "running"}),
        ('type = "*"', {"type": None}),
        ('template = "*"', {"template": None}),
        ('resource = "*"', {"resources": ()}),
        ("protected = true", {"protected": False}),
        ('tags.site = "*"', {}),
        ('tags.site = "*"', {"tags": {"site": None}}),
        ('tags.site = "*"', {"tags": {"site": {"deep": "ghent"}}}),
        ('tags.Site = "ghent"', {"tags": {"site": "ghent"}}),
        ("tags.audited = true", {"tags": {}}),
        ("tags.audited = false", {"tags": {"audited": False}}),
        ('name = "cold*"\nstatus = "stopped"', {}),
    ],
)
def test_a_condition_on_the_task_does_not_hold(tmp_path: Path, condition: str, facts: dict[str, Any]) -> None:
    assert judged(tmp_path, f"[rule.target]\n{condition}", facts) == "confirm"


@pytest.mark.parametrize(
    ("condition", "arguments", "holds"),
    [
        ("force_stop = true", {"force_stop": True}, True),
        ("force_stop = true", {"force_stop": False}, False),
        ("force_stop = true", {"force_stop": 1}, False),
        ("force_stop = true", {"force_stop": "true"}, False),
        ("force_stop = false", {}, False),
        ("force_stop = [true, 1]", {"force_stop": 1.0}, True),
        ('task_id = "80*"', {"task_id": "808aec38"}, True),
        ('task_id = ["1*", "80*"]', {"task_id": "808aec38"}, True),
        ('task_id = "*"', {"task_id": None}, False),
        ('task_id = "*"', {"task_id": []}, False),
    ],
)
def test_conditions_on_arguments(tmp_path: Path, condition: str, arguments: dict[str, Any], *, holds: bool) -> None:
    expected = "deny" if holds else "confirm"
    assert judged(tmp_path, f"[rule.arguments]\n{condition}", {}, arguments) == expected


DOCUMENT = {
    "name": "Door alarm",
    "frequency": 900000,
    "tags": {"a.b": "c", "sites": ["ghent", "antwerp"]},
    "sensors": [{"label": "door", "properties": {"to": "+32"}}, {"label": "window"}],
}


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ('"specification.name" = "door *"', True),
        ('specification.name = "door *"', True),
        ('specification = { name = "door *" }', True),
        ('"specification.frequency" = 900000', True),
        ('"specification.frequency" = "900000"', True),
        ('"specification.frequency" = 9', False),
        ('"specification.sensors.label" = "window"', True),
        ('"specification.sensors.properties.to" = "+32"', True),
        ('"specification.sensors" = "*"', False),
        ('"specification.tags.a.b" = "c"', True),
        ('"specification.tags.sites" = "antwerp"', True),
        ('"specification.name.first" = "*"', False),
        ('"specification.template" = "*"', False),
    ],
)
def test_a_dotted_path_leads_into_a_document(tmp_path: Path, condition: str, *, holds: bool) -> None:
    rule = f'[[rule]]\noperation = "create_task"\nrequire = "deny"\n[rule.arguments]\n{condition}'
    ruling = policy(tmp_path, rule).judge(BY_NAME["create_task"], None, {"specification": DOCUMENT})
    assert ruling.requirement == ("deny" if holds else "none")


def test_a_hostile_argument_is_judged_like_any_other(tmp_path: Path) -> None:
    deep: Any = "x"
    for _ in range(5000):
        deep = [deep]
    rule = '[[rule]]\noperation = "create_task"\nrequire = "deny"\n[rule.arguments]\n"specification.a.a.a.a.a" = "x"'
    found = policy(tmp_path, rule)
    many: dict[str, Any] = {".".join("a" * size): {} for size in range(1, 9)}
    documents: list[Any] = [deep, {"a": deep}, many, {"a": many}]
    for document in documents:
        assert found.judge(BY_NAME["create_task"], None, {"specification": document}).requirement == "none"


@pytest.mark.parametrize("pattern", ["*a" * 40 + "b", "*" + "a?" * 40 + "*b", "*" * 500 + "b", "*" + "a" * 100])
def test_a_long_name_does_not_hold_a_pattern_up(pattern: str) -> None:
    glob, before = Glob(pattern), time.process_time()
    assert not glob.matches("a" * 200_000 + "c")
    assert time.process_time() - before < 1
