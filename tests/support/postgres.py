"""A real PostgreSQL server, in a folder of its own, that is reached through a Unix socket alone."""

import os
import pwd
import shutil
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from tempfile import mkdtemp
from typing import Any
from urllib.parse import quote

import psycopg

_USER = "waylay"
_PATIENCE = 60
_DEBIAN = Path("/usr/lib/postgresql")
# What is kept has to outlive the server, but not the machine.
_FAST = "-c fsync=off -c full_page_writes=off -c max_connections=200"


def find_binaries() -> Path | None:
    """Return the folder of the newest PostgreSQL on this machine; None where there is none."""
    found = shutil.which("initdb")
    folders = sorted(_DEBIAN.glob("*/bin"), key=lambda folder: float(folder.parent.name), reverse=True)
    folders += [Path(found).resolve().parent] if found else []
    return next((folder for folder in folders if all((folder / name).exists() for name in ("initdb", "pg_ctl"))), None)


class PostgreSQL:
    """A server; it runs from `start` to `stop`, and keeps its databases in between.

    Args:
        binaries: Where PostgreSQL's programs are.
    """

    def __init__(self, binaries: Path) -> None:
        self._binaries = binaries
        self._numbers = count(1)
        self._folder = Path(mkdtemp(prefix="waylay-pg-"))
        # PostgreSQL refuses to run as root; the package's own user can do nothing else on this machine.
        self._as: dict[str, Any] = {}
        if os.geteuid() == 0:
            user = pwd.getpwnam("postgres")
            self._as = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": ()}
            os.chown(self._folder, user.pw_uid, user.pw_gid)
        self._run("initdb", "--username", _USER, "--auth", "trust", "--encoding", "UTF8", "--locale", "C", "--no-sync")

    def start(self) -> None:
        """Start, and wait until it can be used."""
        options = f"{_FAST} -c listen_addresses='' -k {self._folder}"
        self._run("pg_ctl", "start", "--wait", "--log", str(self._folder / "log"), "--options", options)

    def stop(self) -> None:
        """Stop at once, whoever is connected."""
        self._run("pg_ctl", "stop", "--wait", "--mode", "immediate")

    def remove(self) -> None:
        """Remove what a stopped server leaves behind."""
        shutil.rmtree(self._folder)

    @contextmanager
    def database(self) -> Generator[str]:
        """Yield the address of an empty database: a schema of its own is as good as one, and is made much sooner."""
        schema = f"test_{next(self._numbers)}"
        self.execute(f"CREATE SCHEMA {schema}")
        yield f"{self._address}&options=-csearch_path%3D{schema}"
        self.execute(f"DROP SCHEMA {schema} CASCADE")

    def cut_off(self) -> None:
        """End all connections."""
        self.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE backend_type = 'client backend' AND pid != pg_backend_pid()"
        )

    def execute(self, command: str) -> None:
        """Carry out a command of the administrator's."""
        with psycopg.connect(self._address, autocommit=True) as connection:
            connection.execute(command.encode())

    @property
    def _address(self) -> str:
        return f"postgresql://{_USER}@/postgres?host={quote(str(self._folder))}"

    def _run(self, program: str, *arguments: str) -> None:
        command = [self._binaries / program, "--pgdata", self._folder / "data", *arguments]
        subprocess.run(  # noqa: S603 - PostgreSQL's own programs
            command,
            check=True,
            timeout=_PATIENCE,
            cwd=self._folder,
            env={"LC_ALL": "C", "PATH": os.defpath},
            stdout=subprocess.DEVNULL,
            **self._as,
        )
