"""Variables that tell other programs how to trace: they keep nothing of this one from starting."""

import os
from pathlib import Path

import pytest
from mcp import Client

from server.otel_variables import take_out_what_is_for_others
from tests.support.command import ran
from tests.support.serving import over_stdio

FOR_OTHERS = {
    "OTEL_PROPAGATORS": "tracecontext, b3",
    "OTEL_PYTHON_TRACER_PROVIDER": "of_another_program",
    "OTEL_PYTHON_CONTEXT": "of_another_program",
}

each = pytest.mark.parametrize("name", FOR_OTHERS)


@each
async def test_the_server_starts_and_says_nothing_of_it(tmp_path: Path, name: str) -> None:
    log = tmp_path / "log"
    async with over_stdio({name: FOR_OTHERS[name]}, log=log) as transport, Client(transport) as client:
        assert not (await client.call_tool("list_tasks", {})).is_error
    assert log.read_text() == ""


@each
def test_the_doctor_examines(tmp_path: Path, name: str) -> None:
    examined = ran("doctor", HOME=str(tmp_path), **{name: FOR_OTHERS[name]})
    assert (examined.returncode, examined.stderr) == (0, "")


@pytest.mark.parametrize(
    ("named", "left"),
    [("tracecontext,baggage", None), ("b3", None), ("", None), ("none", "none"), ("b3, None", "none")],
)
def test_only_that_no_trace_is_continued_can_be_said(
    monkeypatch: pytest.MonkeyPatch, named: str, left: str | None
) -> None:
    monkeypatch.setenv("OTEL_PROPAGATORS", named)
    take_out_what_is_for_others()
    assert os.environ.get("OTEL_PROPAGATORS") == left
