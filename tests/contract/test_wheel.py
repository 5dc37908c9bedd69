"""What is built is what runs: the wheel, in a clean environment, started from somewhere else."""

import json
import re
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

from server.version import VERSION
from tests.generate import ROOT


def pip(python: Path | str, *arguments: str) -> None:
    command = [str(python), "-m", "pip", "--quiet", "--disable-pip-version-check", *arguments]
    subprocess.run(command, check=True, timeout=170)  # noqa: S603 - pip of an environment of ours


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    pip(sys.executable, "wheel", "--no-deps", "--wheel-dir", str(folder), str(ROOT))
    (built,) = folder.glob("*.whl")
    return built


def test_the_wheel_holds_the_three_rooms_and_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.partition("/")[0] for name in names} == {
        "server", "tools", "prompts", f"waylay_tasks_mcp-{VERSION}.dist-info",
    }  # fmt: skip
    files = (path for room in ("server", "tools", "prompts") for path in (ROOT / room).rglob("*") if path.is_file())
    here = {path.relative_to(ROOT).as_posix() for path in files if path.suffix != ".pyc"}
    assert {name for name in names if ".dist-info/" not in name} == here
    for wanted in (r"server/store/migrations/versions/v\w+\.py", r"server/apps/page/.+", r"prompts/\w+\.md"):
        assert any(re.fullmatch(wanted, name) for name in here), wanted


@pytest.mark.timeout(300)
def test_the_wheel_runs_in_a_clean_environment_from_a_foreign_folder(wheel: Path, tmp_path: Path) -> None:
    environment = tmp_path / "clean"
    venv.create(environment, with_pip=True)
    pip(environment / "bin" / "python", "install", str(wheel))
    foreign = tmp_path / "foreign"
    for name in ("server", "tools", "prompts"):
        (foreign / name).mkdir(parents=True)
        (foreign / name / "__init__.py").write_text("raise SystemExit('the wrong package')\n")
    shown = subprocess.run(  # noqa: S603 - our own command
        [environment / "bin" / "waylay-tasks-mcp", "demo"],
        cwd=foreign, env={}, capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip
    assert "Not deleted: the user declined." in shown.stdout
    snippet = json.loads(shown.stdout[shown.stdout.rindex("\n{") : shown.stdout.rindex("\n}") + 2])
    assert snippet["servers"]["waylay-tasks"]["command"] == str(environment / "bin" / "waylay-tasks-mcp")
