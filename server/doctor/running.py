"""Runs the checks: side by side, each when those that it needs are done, and all within a time limit."""

from collections.abc import Callable, Sequence
from contextlib import aclosing

import anyio

from server.doctor.check import Check, Finding, not_checked, problem, warning
from server.doctor.examined import Examined

LONGEST = 13
"""Seconds that all checks may take together."""

Tell = Callable[[Check, Finding], object]


async def run_checks(checks: Sequence[Check], examined: Examined, tell: Tell, seconds: float = LONGEST) -> None:
    """Run checks, and tell of each in the order that they have, as soon as it is known.

    Args:
        checks: Those that one needs come before it.
        examined: What they look at, and keep for each other.
        tell: Is told what a check found.
        seconds: How long they may take together.
    """
    run = _Run(examined, anyio.current_time() + seconds)
    run.over = {check.name: anyio.Event() for check in checks}
    async with aclosing(examined), anyio.create_task_group() as tasks:
        for check in checks:
            tasks.start_soon(run.check, check)
        for check in checks:
            await run.over[check.name].wait()
            finding = run.findings.get(check.name)
            if finding is not None:
                tell(check, finding)


class _Run:
    """Checks on their way."""

    def __init__(self, examined: Examined, deadline: float) -> None:
        self._examined = examined
        self._deadline = deadline
        self.over: dict[str, anyio.Event] = {}
        self.findings: dict[str, Finding] = {}

    async def check(self, check: Check) -> None:
        """Run one, when those before it are done that it needs; nothing is found where it does not apply."""
        for name in check.needs:
            await self.over[name].wait()
        because = next(filter(None, map(self._held_up_by, check.needs)), None)
        if because is not None and check.concerns(self._examined):
            self.findings[check.name] = not_checked(because)
        elif because is None and check.applies(self._examined):
            self.findings[check.name] = await self._within(check)
        self.over[check.name].set()

    def _held_up_by(self, name: str) -> str | None:
        """Return the check at which it ended already, None where it did not."""
        finding = self.findings.get(name)
        if finding is None or not finding.holds_up:
            return None
        return finding.details.get("because", name) if finding.status == "not checked" else name

    async def _within(self, check: Check) -> Finding:
        seconds = max(0, min(check.seconds, self._deadline - anyio.current_time()))
        try:
            with anyio.fail_after(seconds):
                return await check.run(self._examined)
        except TimeoutError:
            return warning(
                "There was not enough time to find this out.", "Run the doctor again when less goes on here."
            )
        except Exception as error:  # noqa: BLE001 - one check that fails must not take the others with it
            return problem(
                f"This check itself failed ({type(error).__name__}).",
                "This is a defect of the doctor: please report it, with this line.",
            )
