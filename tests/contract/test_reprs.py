"""What holds a secret does not show it: one log line or one failed assertion with a `repr` in it would."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from server.approvals.access import session_of
from server.doctor.settings_found import _Value  # pyright: ignore[reportPrivateUsage]
from server.guard.call import Call
from server.guard.caller import Answer, Returned
from server.guard.guard import _Brought  # pyright: ignore[reportPrivateUsage]
from server.guard.verdicts import Offer, Question
from server.installing.found import entries_of
from server.installing.jsonc.edits import Edit
from server.installing.jsonc.tree import Node
from server.installing.writing import Found
from server.journal.visit import Visit
from tests.generate import ROOT

CANARY = "canary-in-a-repr"
NOTHING = cast("Any", None)

HOLDERS: list[object] = [
    Question("May it be stopped?", "Stop it", CANARY),
    Offer(f"Pass confirmation {CANARY}.", NOTHING, "sandbox", CANARY, 300),
    Returned(CANARY, Answer.ACCEPTED),
    Call(NOTHING, NOTHING, NOTHING, NOTHING, "tenant", "stop_task", CANARY),
    _Brought("token", CANARY, NOTHING),
    Visit("stop_task", NOTHING, {"confirmation": CANARY}, 0),
    session_of({"name": "Carol", "identity": "carol", "token": CANARY}),
    Found(Path("mcp.json"), CANARY.encode()),
    Node("scalar", 0, token=CANARY),
    Edit(0, 1, CANARY),
    *entries_of({"waylay-tasks": {"command": "waylay-tasks-mcp", "args": [f"--token={CANARY}"]}}),
    _Value(CANARY, "environment"),
]

SECRET = re.compile(r"handle|token|secret|passw|confirmation|nonce")
TEXT = re.compile(r"(str|bytes)( \| None)?")


@pytest.mark.parametrize("holder", HOLDERS, ids=lambda holder: type(holder).__name__)
def test_no_secret_is_in_what_python_shows_of_its_holder(holder: object) -> None:
    assert type(holder).__name__ in repr(holder)
    assert CANARY not in f"{holder!r} {holder!s}"


def test_no_text_with_the_name_of_a_secret_is_shown() -> None:
    shown = [
        f"{file.relative_to(ROOT)}: {made.name}.{name}"
        for file in sorted(ROOT.glob("server/**/*.py"))
        for made in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(made, ast.ClassDef) and any("dataclass" in ast.unparse(each) for each in made.decorator_list)
        for name in shown_texts(made)
        if SECRET.search(name)
    ]
    assert shown == []


def shown_texts(made: ast.ClassDef) -> Iterator[str]:
    """Yield the fields of a dataclass that are texts and in its `repr`."""
    for field in made.body:
        if not isinstance(field, ast.AnnAssign) or "repr=False" in ast.unparse(field):
            continue
        if TEXT.fullmatch(ast.unparse(field.annotation)):
            yield ast.unparse(field.target)
