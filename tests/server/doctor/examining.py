"""The doctor, run as the command runs it, in this process."""

import io
from collections.abc import Mapping, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from server.doctor import of_callers, of_clients, of_the_store
from server.doctor.check import Check, Finding
from server.doctor.checks import CHECKS
from server.doctor.examined import Examined
from server.doctor.running import run_checks
from server.doctor.shown import AsJson, AsText
from tests.support.serving import PATIENCE

_UNHURRIED = [replace(check, seconds=2 * PATIENCE) for check in CHECKS]
_FROM_OUTSIDE = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR", "NO_COLOR")


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What the doctor found.

    Attributes:
        findings: By the names of the checks, in order.
        text: As people see it.
        json: As programs see it.
    """

    findings: Mapping[str, Finding]
    text: str
    json: str

    @property
    def problems(self) -> Sequence[str]:
        """The checks that found a problem, in order."""
        return [name for name, finding in self.findings.items() if finding.status == "problem"]

    @property
    def statuses(self) -> Mapping[str, str]:
        """What each check came to."""
        return {name: finding.status for name, finding in self.findings.items()}


@dataclass(frozen=True, slots=True)
class Patient:
    """An installation of a test's own: nothing of the machine that runs the tests is seen in it.

    Attributes:
        folder: Its home, and where its files are.
        outside: Its environment.
    """

    folder: Path
    outside: pytest.MonkeyPatch

    async def examined(
        self,
        environment: Mapping[str, str],
        *,
        patience: float = PATIENCE,
        env_file: Path | None = None,
        flags: Mapping[str, Any] | None = None,
        at_home: bool = True,
    ) -> Diagnosis:
        """Examine it in an environment."""
        for name in _FROM_OUTSIDE:
            self.outside.delenv(name, raising=False)
            self.outside.delenv(name.lower(), raising=False)
        home = {"HOME": str(self.folder), "XDG_CONFIG_HOME": str(self.folder / "config")} if at_home else {}
        for name, value in {"BROWSER": "true", **home, **environment}.items():
            self.outside.setenv(name, value)
        self.outside.chdir(self.folder)
        self._take_time()
        findings: dict[str, Finding] = {}
        with redirect_stdout(io.StringIO()) as text:
            shown = [AsText(CHECKS), as_json := AsJson()]

            def tell(check: Check, finding: Finding) -> None:
                findings[check.name] = finding
                for one in shown:
                    one.tell(check, finding)

            examined = Examined(env_file=env_file, flags=flags or {}, patience=patience)
            await run_checks(_UNHURRIED, examined, tell, seconds=4 * PATIENCE)
            shown[0].end()
        with redirect_stdout(io.StringIO()) as json:
            as_json.end()
        return Diagnosis(findings, text.getvalue(), json.getvalue())

    def _take_time(self) -> None:
        """Have what each check allows itself be enough on a machine that is busy."""
        for module in (of_callers, of_clients, of_the_store):
            self.outside.setattr(module, "SECONDS", 2 * PATIENCE)
