"""Findings of the judges (`make conformance`): every one that stays has its reason, and only while it is made."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from tests.judges.known import Known, read_known, unheard, weigh
from tests.judges.verdict import Verdict

REASON = "It is so because it has to be so."
KNOWN = [Known(judge="judge", says=["scenario", "rule:tool"], reason=REASON)]
BOTH = ("scenario:one check", "rule:tool")


def test_what_is_known_passes() -> None:
    weighed = weigh(Verdict("judge", 1, BOTH), KNOWN)
    assert (weighed.passed, weighed.known) == (True, 2)


def test_a_new_finding_fails() -> None:
    weighed = weigh(Verdict("judge", 1, (*BOTH, "rule:another tool", "scenario two:check")), KNOWN)
    assert not weighed.passed
    assert weighed.unknown == ["rule:another tool", "scenario two:check"]


def test_what_one_judge_is_allowed_to_say_another_is_not() -> None:
    assert weigh(Verdict("another", 1, ("rule:tool",)), KNOWN).unknown == ["rule:tool"]


def test_a_known_finding_that_is_not_made_any_more_fails() -> None:
    weighed = weigh(Verdict("judge", 1, ("rule:tool",)), KNOWN)
    assert (weighed.passed, weighed.stale) == (False, ["scenario"])


def test_a_judge_that_is_known_and_not_there_is_named() -> None:
    assert unheard([Verdict("another", 1)], KNOWN) == ["judge"]


def test_a_judge_that_found_nothing_in_order_has_not_judged() -> None:
    assert not weigh(Verdict("judge", 0), []).passed


@pytest.mark.parametrize("reason", ["", "   ", "n/a"])
def test_a_finding_without_a_reason_is_not_known(tmp_path: Path, reason: str) -> None:
    file = tmp_path / "known.toml"
    file.write_text(f'[[known]]\njudge = "judge"\nsays = ["rule"]\nreason = "{reason}"\n')
    with pytest.raises(ValidationError, match="reason"):
        read_known(file)


def test_the_file_names_each_finding_once() -> None:
    names = [(known.judge, name) for known in read_known() for name in known.says]
    assert len(names) == len(set(names))
