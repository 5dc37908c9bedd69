"""Seals on consents, approvals, open approval pages and changes, and when those were looked up in vain.

What was there before has no seal.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_COMMENT = "what only a server with a key can write; empty where there are no keys"


def upgrade() -> None:
    """Add the columns."""
    op.add_column("changes", sa.Column("looked", sa.Float(), comment="when it was last looked up in vain"))
    op.create_index("changes_looked_up", "changes", ["looked"])
    for table in ("consents", "sessions", "changes"):
        op.add_column(table, sa.Column("seal", sa.Text(), comment=_COMMENT))
