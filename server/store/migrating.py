"""Migrations of the store, with Alembic: its scripts are in `migrations/versions`, oldest first by their numbers."""

from collections.abc import Sequence
from pathlib import Path

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

SCRIPTS = Path(__file__).parent / "migrations"


def known_revisions(scripts: Path = SCRIPTS) -> Sequence[str]:
    """Return the revisions that there are scripts for, newest first."""
    return [script.revision for script in ScriptDirectory(str(scripts)).walk_revisions()]


def upgrade(connection: Connection, scripts: Path = SCRIPTS) -> None:
    """Bring the tables behind `connection` to the newest revision, in its transaction."""
    directory = ScriptDirectory(str(scripts))

    def missing(revision: str, context: MigrationContext) -> object:
        return directory._upgrade_revs("head", revision)  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]

    with EnvironmentContext(Config(), directory, fn=missing) as environment:
        environment.configure(connection=connection, render_as_batch=True)
        environment.run_migrations()
