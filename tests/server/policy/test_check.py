import json
from pathlib import Path

import pytest

from server.cli import run

POLICY = """\
[[rule]]
name = "scratch"
operation = ["stop_task", "delete_task"]
require = "none"
target.name = ["*scratch*", "*test*"]
target.protected = false

[[rule]]
name = "high ones"
operation = "*_task"
require = "approver"
target.tags.criticality = "high"

[[rule]]
operation = "delete_task"
require = "human"
arguments.force_stop = true

[[rule]]
operation = "get_task"
require = "deny"
arguments.task_id = "8*"
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "policy.toml"
    path.write_text(POLICY)
    return path


def said(capsys: pytest.CaptureFixture[str], file: Path, *arguments: str) -> list[str]:
    assert run(["policy", "check", str(file), *arguments]) == 0
    shown = capsys.readouterr()
    assert shown.err == ""
    return shown.out.splitlines()


def refused(capsys: pytest.CaptureFixture[str], file: Path, *arguments: str) -> str:
    assert run(["policy", "check", str(file), *arguments]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    (line,) = shown.err.splitlines()
    return line.removeprefix("waylay-tasks-mcp: ")


def test_a_policy_is_shown_as_a_table_and_what_it_can_require(capsys: pytest.CaptureFixture[str], file: Path) -> None:
    lines = said(capsys, file)
    assert [" ".join(line.split()) for line in lines] == [
        "rule line requires operations name where",
        '1 1 none stop_task, delete_task scratch target.name = ["*scratch*", "*test*"] and target.protected = false',
        '2 8 approver *_task high ones target.tags.criticality = "high"',
        "3 14 human delete_task arguments.force_stop = true",
        '4 19 deny get_task arguments.task_id = "8*"',
        "",
        "The first rule that applies decides; where none does, the default. So a call can require:",
        "operation can require",
        "list_tasks none",
        "get_task none or deny",
        "get_task_configuration none",
        "create_task none",
        "replace_task none or approver",
        "start_task none or approver",
        "stop_task none or confirm or approver",
        "delete_task none or confirm or human or approver",
        "list_changes none",
    ]
    assert lines[1].index("none") == lines[0].index("requires")


def test_why_a_rule_applies_and_those_before_it_do_not(capsys: pytest.CaptureFixture[str], file: Path) -> None:
    task = ("--task", "name=Test bed 4", "--task", "protected=true", "--task", "tags.criticality=high")
    assert said(capsys, file, "--operation", "delete_task", *task) == [
        "rule 1, line 1 (scratch): does not apply, it wants target.protected = false, and that is true",
        "rule 2, line 8 (high ones): applies",
        "delete_task requires approver: rule 2 of policy.toml, line 8: high ones",
    ]


def test_what_is_not_told_the_task_has_not(capsys: pytest.CaptureFixture[str], file: Path) -> None:
    assert said(capsys, file, "--operation", "delete_task", "--argument", "force_stop=true")[:3] == [
        'rule 1, line 1 (scratch): does not apply, it wants target.name = ["*scratch*", "*test*"], and there is none',
        'rule 2, line 8 (high ones): does not apply, it wants target.tags.criticality = "high", and there is none',
        "rule 3, line 14: applies",
    ]


def test_where_no_rule_applies_the_default_does(capsys: pytest.CaptureFixture[str], file: Path) -> None:
    assert said(capsys, file, "--operation", "delete_task")[2:] == [
        "rule 3, line 14: does not apply, it wants arguments.force_stop = true, and that is false",
        "rule 4, line 19: does not apply, it is about get_task",
        "no rule applies, so the default does",
        "delete_task requires confirm: the default",
    ]


def test_what_has_no_task_is_told_from_what_has_one(capsys: pytest.CaptureFixture[str], file: Path) -> None:
    assert said(capsys, file, "--operation", "create_task")[1] == (
        "rule 2, line 8 (high ones): does not apply, it has conditions on a task, and create_task is judged without one"
    )
    assert said(capsys, file, "--operation", "get_task", "--argument", "task_id=8a")[-1].startswith(
        "get_task requires d"
    )


@pytest.mark.parametrize(
    "document",
    [
        {"ID": "t", "name": "Test", "tags": {"criticality": "high"}},
        {"task": {"name": "Test", "tags": {"criticality": "high"}, "protected": True}, "sensors": [{"name": "x"}]},
        {"name": "Scratch", "protected": True, "tags": {"criticality": "high"}, "resourceIds": ["a"], "status": 5},
        {"name": "Cold store", "tags": {"criticality": ["high", 1]}, "task": 5},
    ],
)
def test_a_task_may_be_a_file(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, file: Path, document: dict[str, object]
) -> None:
    (tmp_path / "task.json").write_text(json.dumps(document))
    told = ("--task", "name=Door", "--task", str(tmp_path / "task.json"))
    assert said(capsys, file, "--operation", "stop_task", *told)[-1].startswith("stop_task requires approver")


def test_every_field_of_a_task_can_be_told(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "policy.toml"
    path.write_text(
        '[[rule]]\nrequire = "deny"\n[rule.target]\nname = "a=b"\nstatus = "running"\ntype = "onetime"\n'
        'template = "t"\nresource = "r2"\nprotected = true\ntags = { "a.b" = "c" }\n'
    )
    fields = (
        "name=a=b",
        "status=running",
        "type=onetime",
        "template=t",
        "resource=r1",
        "resource=r2",
        "protected=true",
    )
    told = [part for field in (*fields, "tags.a.b=c") for part in ("--task", field)]
    assert said(capsys, path, "--operation", "stop_task", *told)[-1].startswith("stop_task requires deny")


def test_what_a_file_says_is_shown_on_one_line(capsys: pytest.CaptureFixture[str], tmp_path: Path, file: Path) -> None:
    (tmp_path / "task.json").write_text(json.dumps({"name": "a\n\x1b[2J\u202eb", "resource": ["1", "2", "3", "4"]}))
    shown = said(capsys, file, "--operation", "stop_task", "--task", str(tmp_path / "task.json"))
    assert shown[0].endswith('and that is "a [2Jb"')
    file.write_text('[[rule]]\nrequire = "deny"\ntarget.resource = "x"')
    shown = said(capsys, file, "--operation", "stop_task", "--task", str(tmp_path / "task.json"))
    assert shown[0].endswith('and that is "1", "2", "3" and 1 more')


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--task", "name=x"], "--task and --argument describe a call: add --operation"),
        (["--operation", "drop_task"], '--operation: unknown operation "drop_task"; did you mean stop_task?'),
        (["--operation", "remove_task"], '--operation: unknown operation "remove_task"; valid are '),
        (["--operation", "undo_change"], "--operation: undo_change is judged as what it performs: name create_task, "),
        (["--operation", "create_task", "--task", "name=x"], "--task: create_task is not judged on a task"),
        (
            ["--operation", "stop_task", "--task", "808aec38"],
            '--task: "808aec38" is no file that can be read: nothing is',
        ),
        (["--operation", "stop_task", "--task", "nmae=x"], '--task: unknown field "nmae"; did you mean name?'),
        (["--operation", "stop_task", "--task", "tags=x"], '--task: unknown field "tags"; valid are name, '),
        (["--operation", "stop_task", "--task", "=x"], '--task: expected name=value, not "=x"'),
        (["--operation", "stop_task", "--task", "status=runing"], '--task: unknown value of status "runing"; did'),
        (["--operation", "stop_task", "--task", "protected=yes"], '--task: unknown value of protected "yes"; valid'),
        (["--operation", "stop_task", "--argument", "force"], '--argument: expected name=value, not "force"'),
        (
            ["--operation", "stop_task", "--argument", "force=x"],
            '--argument: unknown argument "force"; valid are task_id',
        ),
    ],
)
def test_a_call_that_is_told_wrongly_is_one_line(
    capsys: pytest.CaptureFixture[str], file: Path, arguments: list[str], says: str
) -> None:
    assert refused(capsys, file, *arguments).startswith(says)


def test_whether_a_tag_is_there_is_told_like_the_rest(capsys: pytest.CaptureFixture[str], file: Path) -> None:
    file.write_text('[[rule]]\nrequire = "deny"\ntarget.tags.audited = false')
    shown = said(capsys, file, "--operation", "stop_task", "--task", "tags.audited=yes")
    assert shown[0] == 'rule 1, line 1: does not apply, it wants target.tags.audited = false, and that is "yes"'


@pytest.mark.parametrize("content", ["[]", "no json", "[" * 100_000, '"\\ud800'])
def test_a_file_that_holds_no_task_is_named(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, file: Path, content: str
) -> None:
    (tmp_path / "task.json").write_text(content)
    says = refused(capsys, file, "--operation", "stop_task", "--task", str(tmp_path / "task.json"))
    assert says.endswith("does not hold a JSON object")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ('{"name": "a",\n"tags": {},\n\n "name": "b"}', 'line 4: the field "name" is there twice, first in line 1'),
        ('{"tags": {"a": 1}, "task": [{"a": {"x": 2,\n"\\u0078": 3}}]}', 'line 2: the field "x" is there twice, first'),
        ('{"\\ud800": 1, "\\ud800": 2}', "line 1: the field "),
        ('{"a\\"b": "a\\"b", "a\\"b" : 2}', 'line 1: the field "a\'b" is there twice'),
    ],
)
def test_a_file_that_has_a_field_twice_is_refused_and_says_where(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, file: Path, content: str, says: str
) -> None:
    (tmp_path / "task.json").write_text(content)
    refusal = refused(capsys, file, "--operation", "stop_task", "--task", str(tmp_path / "task.json"))
    assert refusal.startswith(f'--task: "{tmp_path / "task.json"}", {says}')
    assert refusal.endswith("; leave one of them out")


def test_a_file_may_have_a_field_once_in_each_of_its_objects(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, file: Path
) -> None:
    content = {"name": 'Test, {"name":', "task": {"name": "Door"}, "tags": {"name": "name"}, "x": [{"name": 1}] * 2}
    (tmp_path / "task.json").write_text(json.dumps(content, indent=1))
    assert said(capsys, file, "--operation", "stop_task", "--task", str(tmp_path / "task.json"))


def test_a_bad_policy_is_one_line_and_a_status(capsys: pytest.CaptureFixture[str], file: Path) -> None:
    file.write_text('[[rule]]\nrequires = "deny"\n')
    assert refused(capsys, file).startswith(f'{file}, line 2: unknown key "requires"; did you mean require?')


def test_the_environment_has_no_say(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, file: Path
) -> None:
    monkeypatch.setenv("WAYLAY_API_KEY", "half a pair")
    assert said(capsys, file)
