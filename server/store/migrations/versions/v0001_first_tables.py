"""The tables of the first version that kept a journal."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    _consents()
    _changes()
    _sessions()
    _audit()


def _consents() -> None:
    op.create_table(
        "consents",
        sa.Column(
            "id", sa.Text(), primary_key=True, comment="digest of the handle; of a request for approval its public ID"
        ),
        sa.Column("way", sa.Text(), nullable=False, comment="question, token or page"),
        sa.Column(
            "call", sa.Text(), nullable=False, comment="digest of who calls what with which arguments, for refusals"
        ),
        sa.Column("open_call", sa.Text(), unique=True, comment="page: the call, until its end was told to the caller"),
        sa.Column("bound", sa.Text(), nullable=False, comment="what consent is bound to"),
        sa.Column("caller", sa.Text(), nullable=False, comment="digest of who calls, for how much they may have open"),
        sa.Column("page", sa.Text(), comment="page: the page on which it can be decided"),
        sa.Column("shown", sa.Text(), comment="page: what the person is shown"),
        sa.Column("created", sa.Float(), nullable=False),
        sa.Column("expires", sa.Float(), nullable=False),
        sa.Column("outcome", sa.Text(), comment="empty while open; page: approved, then spent or stale"),
        sa.Column("decided", sa.Float()),
        sa.Column("decided_by", sa.Text()),
        sa.Column("note", sa.Text(), comment="what the person who decided says"),
        sa.Column("change_id", sa.Text(), comment="what was done with it"),
    )
    op.create_index("consents_of_a_call", "consents", ["call", "decided"])
    op.create_index("consents_by_age", "consents", ["way", "created"])
    op.create_index("consents_of_a_caller", "consents", ["caller", "expires"])


def _changes() -> None:
    op.create_table(
        "changes",
        sa.Column("number", sa.Integer(), primary_key=True, autoincrement=True, comment="order in which changes began"),
        sa.Column("id", sa.Text(), nullable=False, unique=True),
        sa.Column("began", sa.Float(), nullable=False),
        sa.Column("ended", sa.Float()),
        sa.Column("audience", sa.Text(), nullable=False, comment="server and tenant"),
        sa.Column("identity", sa.Text(), nullable=False),
        sa.Column("caller", sa.Text(), nullable=False),
        sa.Column("client", sa.Text(), nullable=False),
        sa.Column("operation", sa.Text(), nullable=False),
        sa.Column("destroys", sa.Boolean(), nullable=False),
        sa.Column("task_id", sa.Text(), comment="empty while a task is being created"),
        sa.Column("task_name", sa.Text(), nullable=False),
        sa.Column("before", sa.Text(), comment="status and specification, as the service gave them"),
        sa.Column("sent", sa.Text(), comment="the body of the request"),
        sa.Column("outcome", sa.Text(), comment="done, not_done or unknown; empty while under way"),
        sa.Column("undoes", sa.Text(), sa.ForeignKey("changes.id"), comment="the change that this one undoes"),
        sa.Column("undone_by", sa.Text(), comment="the change that undoes this one"),
    )
    op.create_index("changes_of_a_task", "changes", ["task_id", "number"])
    op.create_index("changes_of_a_caller", "changes", ["audience", "identity", "began"])
    op.create_index("changes_by_age", "changes", ["began"])
    op.create_index("changes_that_undo", "changes", ["undoes"])
    op.create_index("changes_undone_by", "changes", ["undone_by"])


def _sessions() -> None:
    op.create_table(
        "sessions",
        sa.Column("id", sa.Text(), primary_key=True, comment="digest of a handle that a browser holds"),
        sa.Column("kind", sa.Text(), nullable=False, comment="ticket, sign_in or page"),
        sa.Column("data", sa.Text(), nullable=False),
        sa.Column("expires", sa.Float(), nullable=False),
    )
    op.create_index("ix_sessions_expires", "sessions", ["expires"])


def _audit() -> None:
    op.create_table(
        "audit",
        sa.Column("number", sa.Integer(), primary_key=True, autoincrement=True),
        sa.Column("at", sa.Float(), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
    )
    op.create_index("ix_audit_at", "audit", ["at"])
