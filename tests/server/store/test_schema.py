"""The tables: the same by migration as at once, older ones brought along, newer ones left alone."""

import asyncio
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, text

from server.store import migrating, schema
from server.store.engines import address_of, new_engine
from server.store.handles import digest_of, new_key
from server.store.store import Store
from server.store.tables import METADATA, REVISION
from tests.conftest import MakeWorld
from tests.server.store.conftest import MakeWorker
from tests.support.records import change, consent
from tests.support.serving import PATIENCE, clean_environment
from tests.support.world import Clock, error

NEXT = """
import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade():
    with op.batch_alter_table("changes") as changes:
        changes.add_column(sa.Column("ticket", sa.Text(), nullable=False, server_default="none"))
        changes.alter_column("client", existing_type=sa.Text(), nullable=True)
"""

A_CONSENT = """
INSERT INTO consents (id, way, call, bound, caller, created, expires)
VALUES (:id, 'token', 'c', :bound, 'p', :now, :expires)
"""

OPENING = """
import sys
from server.store.database import Database
from server.store.tables import AUDIT

sys.stdout.write("ready\\n")
sys.stdout.flush()
sys.stdin.readline()
Database(sys.argv[1]).run_now(lambda connection: connection.execute(AUDIT.insert().values(at=1, record={})))
"""


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = new_engine(address_of(database_url))
    yield engine
    engine.dispose()


@pytest.fixture
def a_later_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Add a migration to those of this version, and need it."""
    scripts = tmp_path / "scripts"
    shutil.copytree(migrating.SCRIPTS, scripts)
    (scripts / "versions" / "v0003_tickets.py").write_text(NEXT)
    monkeypatch.setattr(migrating, "known_revisions", partial(migrating.known_revisions, scripts))
    monkeypatch.setattr(migrating, "upgrade", partial(migrating.upgrade, scripts=scripts))
    monkeypatch.setattr(schema, "REVISION", "0003")


def revision_of(engine: Engine) -> str:
    with engine.begin() as connection:
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one()


def test_the_migrations_lead_to_the_tables_that_are_used(engine: Engine) -> None:
    with engine.begin() as connection:
        migrating.upgrade(connection)
    with engine.begin() as connection:
        context = MigrationContext.configure(connection, opts={"compare_server_default": True})
        assert compare_metadata(context, METADATA) == []
    assert revision_of(engine) == REVISION == migrating.known_revisions()[0]


async def test_a_new_database_needs_no_migration(store: Store, engine: Engine) -> None:
    await store.changes.begin(change())
    with engine.begin() as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []
    assert revision_of(engine) == REVISION


async def test_an_older_database_is_migrated_with_what_is_in_it_by_all_workers_at_once(
    make_worker: MakeWorker, engine: Engine, request: pytest.FixtureRequest
) -> None:
    store = make_worker()
    undone = await store.changes.begin(change(before={"specification": {"name": "a\x00"}}))
    await store.changes.end(undone, "done")
    undoing = await store.changes.begin(change(undoes=undone))
    await store.aclose()
    request.getfixturevalue("a_later_version")
    workers = [make_worker() for _ in range(4)]
    found = await asyncio.gather(*(worker.changes.find("a", undone) for worker in workers))
    for row in found:
        assert row is not None
        assert (row.before, row.undone_by) == ({"specification": {"name": "a\x00"}}, undoing)
    with engine.begin() as connection:
        tickets = connection.execute(text("SELECT ticket FROM changes")).scalars()
        assert list(tickets) == ["none", "none"]
    assert revision_of(engine) == "0003"


async def test_a_database_without_seals_keeps_what_is_in_it_and_a_server_with_keys_takes_none_of_its_consents(
    database_url: str, engine: Engine, clock: Clock, tmp_path: Path
) -> None:
    first = tmp_path / "first"
    shutil.copytree(migrating.SCRIPTS, first, ignore=shutil.ignore_patterns("v000[2-9]*", "__pycache__"))
    with engine.begin() as connection:
        migrating.upgrade(connection, first)
        for id_ in ("one", "other"):
            bound = json.dumps(consent(clock).model_dump(mode="json"))
            values = {"id": digest_of(id_), "bound": bound, "now": clock.now, "expires": clock.now + 300}
            connection.execute(text(A_CONSENT), values)
    assert revision_of(engine) == "0001"
    plain, keyed = (Store(database_url, clock, 300, keys=keys) for keys in ((), (new_key(),)))
    assert await keyed.consents.read("one") is None
    assert not await keyed.consents.close("one", "spent")
    entry = await plain.consents.read("one")
    assert entry is not None
    assert entry.consent == consent(clock)
    assert await plain.consents.close("one", "spent")
    assert await keyed.consents.close(await keyed.consents.open(consent(clock)), "spent")
    assert revision_of(engine) == REVISION
    await plain.aclose()
    await keyed.aclose()


async def test_a_newer_database_is_left_alone_and_nothing_is_sent(
    make_world: MakeWorld, engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    schema.bring_up_to_date(engine)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    world = make_world(confirm="off")
    result = await world.call("stop_task", task_id=world.sandbox.create())
    assert error(result)["kind"] == "unavailable"
    assert "was made by a newer version of this server; nothing in it was changed; see WAYLAY_MCP_STATE_" in caplog.text
    assert world.sandbox.recorder.attempts == []
    assert revision_of(engine) == "9999"


def test_processes_that_open_an_empty_database_at_once_all_do(database_url: str, engine: Engine) -> None:
    processes = [
        subprocess.Popen(  # noqa: S603 - this Python
            [sys.executable, "-c", OPENING, database_url],
            env=clean_environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in processes:
        process.communicate(timeout=PATIENCE)
    assert [process.returncode for process in processes] == [0] * 4
    with engine.begin() as connection:
        assert connection.execute(text("SELECT count(*) FROM audit")).scalar_one() == 4
