"""Builds the packages and checks everything about them: `python -m tests.packaging`."""

import argparse
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import anyio

from tests.judges.environments import Failed, install
from tests.judges.table import say
from tests.packaging import bundle, container, linters, routes, wheels
from tests.packaging.environments import ALL
from tests.packaging.facts import DIST
from tests.packaging.work import Work

AT_ONCE = 2
Check = Callable[[Work], Awaitable[str]]
# Each group has its checks one after the other; the groups of a row go beside each other, two at a time.
BUILD: tuple[tuple[str, Check], ...] = (("wheel and sdist", wheels.built), ("bundle", bundle.bundled))
GROUPS: tuple[tuple[tuple[str, Check], ...], ...] = (
    (("container, played", container.played),),
    (("pip install", routes.by_pip),),
    (("pipx run", routes.by_pipx_run),),
    (("pipx install", routes.by_pipx_install),),
    (
        ("bundle, started", bundle.started_from_bundle),
        ("bundle with half a key", bundle.refuses_half_a_key),
        ("uvx", routes.by_uvx),
        ("other Pythons", routes.on_other_pythons),
    ),
    (
        ("index metadata", wheels.fit_for_the_index),
        ("wheel contents", wheels.nothing_else_in_the_wheel),
        ("sdist contents", wheels.whole_source),
        ("server.json", wheels.listed_as_it_is),
        ("container file", linters.container_file),
        ("compose file", linters.compose_file),
        ("workflow schema", linters.workflow_schema),
        ("workflow", linters.workflow),
        ("workflow security", linters.workflow_security),
        ("scripts", linters.scripts),
    ),
)


class _Told:
    """Runs checks, and says one line of each as soon as it is through."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self.passed = self.failed = 0

    async def run(self, checks: Sequence[tuple[str, Check]]) -> bool:
        """Run checks in order; returns whether all passed."""
        return all([await self._one(name, check) for name, check in checks])

    async def _one(self, name: str, check: Check) -> bool:
        began = time.monotonic()
        try:
            detail, passed = await check(self._work), True
        except Failed as failure:
            detail, passed = str(failure), False
        self.passed, self.failed = self.passed + passed, self.failed + (not passed)
        say(f"{'ok' if passed else 'FAILED':7}{name:24}{time.monotonic() - began:5.1f} s  {detail}")
        return passed


async def package() -> bool:
    """Build, then check; returns whether all is as it should be."""
    began = time.monotonic()
    DIST.mkdir(exist_ok=True)
    limit = anyio.CapacityLimiter(AT_ONCE)
    async with anyio.create_task_group() as group:
        for environment in ALL:
            group.start_soon(install, environment, limit)
    say(f"tools installed in {time.monotonic() - began:.0f} s")
    with TemporaryDirectory(prefix="package-") as folder:
        told = _Told(Work(Path(folder)))
        if await told.run(BUILD):
            await _check(told, limit)
    say(f"\n{told.passed} passed, {told.failed} failed ({time.monotonic() - began:.0f} s)")
    return not told.failed


async def _check(told: _Told, limit: anyio.CapacityLimiter) -> None:
    async def run(checks: Sequence[tuple[str, Check]]) -> None:
        async with limit:
            await told.run(checks)

    async with anyio.create_task_group() as group:
        for checks in GROUPS:
            group.start_soon(run, checks)


def main() -> None:
    """Build and check; ends with 1 where something has to be mended."""
    argparse.ArgumentParser(prog="python -m tests.packaging", description=__doc__).parse_args()
    sys.exit(not anyio.run(package))


if __name__ == "__main__":
    main()
