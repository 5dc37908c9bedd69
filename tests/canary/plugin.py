"""A run of the tests in which a secret got out has failed, whatever the tests found."""

import os
import shutil
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from tests.canary.collector import Collector
from tests.canary.issued import issued
from tests.canary.listening import Spans, listening
from tests.canary.searching import Find, finds
from tests.canary.secrets_of import Secrets
from tests.canary.values import API_KEY, API_SECRET

ROOT = Path(__file__).parent.parent.parent
FOLDER, TEST = "CANARY_FOLDER", "CANARY_TEST"
"""Where processes that tests start write down what they say, and the test that started them."""


class Canary:
    """Listens during a run, and looks at the end."""

    def __init__(self) -> None:
        # Runs may go on at the same time, and one may be a test of another.
        within = os.environ.get(FOLDER)
        base = Path(within) if within else ROOT / "build" / "canary"
        if not within:
            _clear(base)
        self.collector = Collector(base / f"run-{os.getpid()}")
        self.secrets = Secrets()
        for value in (API_KEY, API_SECRET):
            self.secrets.credential(value, "a credential of the tests")
        self.found: list[Find] = []
        self._stack = ExitStack()
        self.spans = Spans(self.collector)
        self._stack.enter_context(listening(self.collector, self.secrets, self.spans))
        self._stack.enter_context(issued(self.secrets))
        os.environ[FOLDER] = str(self.collector.folder)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """Note which test runs; what it is parametrized with may be a secret itself."""
        self.collector.test = os.environ[TEST] = nodeid.partition("[")[0]
        self.spans.ended.clear()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Write down what a test printed; its log is listened to."""
        for name, text in report.sections:
            if "log" not in name:
                self.collector.note("printed", text)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Look for secrets, and fail the run where there are any."""
        self._stack.close()
        self.collector.close()
        self.found = finds(self.collector.folder, self.secrets, ROOT / ".hypothesis")
        if self.found:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say what got out, and where; not what it is."""
        if self.found:
            terminalreporter.section("secrets got out", red=True)
        for find in self.found:
            terminalreporter.write_line(f"{find.what}: in {find.where}, written during {find.test}", red=True)


def pytest_configure(config: pytest.Config) -> None:
    """Listen from the beginning."""
    config.pluginmanager.register(Canary(), "canary")


def _clear(base: Path) -> None:
    """Remove what earlier runs left, unless they are still going on."""
    for folder in base.glob("run-*"):
        with suppress(ValueError, PermissionError):
            try:
                os.kill(int(folder.name.removeprefix("run-")), 0)
            except ProcessLookupError:
                shutil.rmtree(folder, ignore_errors=True)
