from pathlib import Path

import pytest

from server.policy.lines import Lines
from server.policy.reading import read_policy
from server.settings import SettingsError
from tests.support.policies import policy

RULE = '[[rule]]\nrequire = "human"\n'


def refused(folder: Path, text: str) -> str:
    with pytest.raises(SettingsError) as stopped:
        policy(folder, text)
    assert "\n" not in str(stopped.value)
    assert str(stopped.value).startswith(f"{folder / 'policy.toml'}, line ")
    return str(stopped.value).removeprefix(f"{folder / 'policy.toml'}, ")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "line 1: the policy has no rules"),
        ("# nothing yet\n", "line 1: the policy has no rules"),
        ("rule = []", "line 1: the policy has no rules"),
        ("\n[rule]\nrequire = 'deny'", "line 2: expected rules, each under [[rule]]"),
        ("rule = 5", "line 1: expected rules, each under [[rule]]"),
        (RULE + '\n[[rules]]\nrequire = "deny"', 'line 4: unknown key "rules"; did you mean rule?'),
        (
            RULE + '\n[[rule]]\nrequires = "deny"',
            'line 5: unknown key "requires"; did you mean require? valid are name',
        ),
        (RULE + "\n[[rule]]\n", "line 4: require is missing: expected one of none, confirm, human, approver, deny"),
        ("[[rule]]\n\nrequire = 'humans'", 'line 3: unknown level "humans"; did you mean human? valid are none'),
        ("[[rule]]\nrequire = true", "line 2: require: expected one of none, confirm, human, approver, deny, not true"),
        ("[[rule]]\nname = 5\nrequire = 'deny'", "line 2: name: expected one line of text"),
        ('[[rule]]\nname = "a\\nb"\nrequire = "deny"', "line 2: name: expected one line of text"),
        (
            RULE + "operation = 'drop_task'",
            'line 3: unknown operation "drop_task"; did you mean stop_task? valid are l',
        ),
        (
            RULE + "operation = 'undo_change'",
            "line 3: undo_change is judged as what it performs: name create_task, rep",
        ),
        (RULE + "operation = ['stop_task',\n 'x*']", 'line 3: unknown operation "x*"; valid are list_tasks, get_task'),
        (RULE + "operation = []", "line 3: operation names nothing: the list is empty"),
        (RULE + "operation = ['stop_task', 5]", "line 3: operation: expected names in quotes, not a number"),
        (
            RULE + "operation = 'get_*'",
            "line 3: wildcards are only about what changes something: name what reads in fu",
        ),
        (RULE + "operation = 'get_task'", "line 2: get_task only reads: expected none or deny"),
        (RULE + "operation = ['delete_task', 'list_tasks']", "line 2: list_tasks only reads"),
        (RULE + "operation = 'create_task'\ntarget.name = 'x'", "line 4: create_task is not judged on a task"),
        (
            "[[rule]]\nrequire = 'deny'\noperation = 'get_task'\n[rule.target]\nname = 'x'",
            "line 4: get_task is not judg",
        ),
        (
            RULE + "operation = 'create_*'\n[rule.target]\nname = 'x'",
            "line 1: it can never apply: it has conditions on",
        ),
        (RULE + "[rule.target]", "line 3: target has no conditions"),
        (RULE + "target = 'x'", 'line 3: target: expected a table of conditions, not the text "x"'),
        (RULE + "[rule.target.tags]", "line 3: tags has no conditions"),
        (RULE + "target.tags = ['x']", "line 3: tags: expected a table of conditions, not a list"),
        (RULE + "[rule.target]\n\nnames = 'x'", 'line 5: unknown key "names"; did you mean name? valid are name, stat'),
        (RULE + "[rule.target]\nname = ''", "line 4: name must not be empty"),
        (RULE + "[rule.target]\nname = []", "line 4: name names nothing"),
        (RULE + "[rule.target]\nname = 5", "line 4: name: expected text in quotes, not a number"),
        (RULE + "[rule.target]\nname = 1979-05-27", "line 4: name: expected text in quotes, not 1979-05-27, a time"),
        (RULE + "[rule.target]\nstatus = 'runing'", 'line 4: unknown status "runing"; did you mean running? valid are'),
        (RULE + "[rule.target]\ntype = 'cron*'", 'line 4: unknown type "cron*"; valid are periodic, scheduled'),
        (RULE + "[rule.target]\nprotected = 'yes'", "line 4: protected: expected true or false"),
        (RULE + "[rule.target.tags]\nunit = 4", "line 4: unit: expected text in quotes, or true or false"),
        (RULE + "[rule.target.tags]\nunit = ['4', true]", "line 4: unit: expected text in quotes"),
        (RULE + "operation = 'stop_task'\narguments.force_stop = true", "line 4: stop_task: unknown argument"),
        (RULE + "arguments.force_stpo = true", 'line 3: unknown argument "force_stpo"; did you mean force_stop?'),
        (RULE + "arguments.force_stop = 1979-05-27", "line 3: force_stop: expected text in quotes, a number"),
        (RULE + "arguments.force_stop = nan", "line 3: force_stop: expected text in quotes, a number"),
        (RULE + "arguments.force_stop = 0x" + "f" * 5000, "line 3: force_stop: expected text in quotes, a number"),
        (RULE + "[rule.arguments]\n'specification..x' = 'x'", "line 4: expected the path to an argument"),
        (RULE + f"[rule.arguments]\nspecification{'.x' * 2000} = 'x'", "line 4: expected the path to an argument"),
        (RULE + f"[rule.target]\nname{'.x' * 2000} = 'x'", "line 4: name: expected text in quotes, not a table"),
        ("[[rule]]\nrequire = deny", "line 2: this is not TOML: Invalid value"),
        (RULE + 'name = "no end\n\n[[rule]]', "line 3: this is not TOML: Illegal character"),
        (RULE + '# text\n\nname = """no end\n\n[[rule]]\n', "line 5: this is not TOML: "),
        (RULE + "require = 'deny'", "line 3: this is not TOML: Cannot overwrite a value"),
        (RULE + "operation = [\n" + "[" * 5000, "line 3: this number is too large, or nested too deeply"),
        (RULE + "arguments.hits = " + "9" * 5000, "line 3: this number is too large, or nested too deeply"),
    ],
)
def test_a_mistake_is_named_with_its_line(tmp_path: Path, text: str, says: str) -> None:
    assert refused(tmp_path, text).startswith(says)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"the policy file .*none cannot be read: No such file"):
        read_policy(tmp_path / "none")
    with pytest.raises(SettingsError, match="cannot be read"):
        read_policy(tmp_path)
    with pytest.raises(SettingsError, match="this is no path"):
        read_policy(Path("a\0b"))


def test_what_is_not_utf8_is_named_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "policy.toml").write_bytes(b"# one\n# \xff\n")
    with pytest.raises(SettingsError, match="line 2: this is not text in UTF-8"):
        read_policy(tmp_path / "policy.toml")


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_lines_are_counted_as_an_editor_does(tmp_path: Path, ends: str) -> None:
    text = (
        '\ufeff# [[rule]]\n\n[[rule]]\nname = """\\\n  [[rule]]"""\nrequire = "human"\n[rule.target]\nname = [\n'
        '  "a\u2028b", # [[rule]]\n  "c"]\n\n[["rule"]]  # two\nrequire = "deny"\n'
    )
    found = policy(tmp_path, text.replace("\n", ends))
    assert [rule.line for rule in found.rules] == [3, 12]
    assert found.rules[0].name == "[[rule]]"


def test_what_has_no_line_of_its_own_is_where_it_lies_in() -> None:
    assert Lines("\nx = 1").of(("x", "y")) == 2


def test_rules_may_be_written_inline(tmp_path: Path) -> None:
    text = 'rule = [\n  { require = "human", target = { name = "x" } },\n  { require = "deny" } ]'
    assert [rule.requirement for rule in policy(tmp_path, text).rules] == ["human", "deny"]


SHADOWED = "line 5: it can never apply: rule 1 in line 1 has no conditions and requires only none; put the stricter one"


def test_a_stricter_rule_behind_one_that_decides_first_is_a_mistake(tmp_path: Path) -> None:
    first = '[[rule]]\nrequire = "none"\noperation = "*_task"\n\n'
    assert refused(tmp_path, first + RULE).startswith(SHADOWED)
    assert refused(tmp_path, first + RULE + 'operation = "delete_task"\ntarget.name = "x"').startswith(SHADOWED)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ('require = "none"\noperation = "stop_task"', 'require = "human"'),
        ('require = "none"\ntarget.name = "test*"', 'require = "human"'),
        ('require = "deny"', 'require = "human"'),
        ('require = "deny"', 'require = "deny"\noperation = "list_tasks"'),
    ],
)
def test_rules_may_overlap_where_nothing_strict_is_lost(tmp_path: Path, first: str, second: str) -> None:
    assert len(policy(tmp_path, f"[[rule]]\n{first}\n[[rule]]\n{second}").rules) == 2


def test_two_rules_together_can_leave_a_third_nothing(tmp_path: Path) -> None:
    two = '[[rule]]\nrequire = "deny"\noperation = "stop_task"\n[[rule]]\nrequire = "none"\noperation = "delete_task"\n'
    says = refused(tmp_path, two + RULE + 'operation = ["stop_task", "delete_task"]')
    assert says.startswith("line 7: it can never apply: rule 2 in line 4")
