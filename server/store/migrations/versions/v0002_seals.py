"""Seals on consents, approvals and open approval pages. What was there before has none."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_COMMENT = "what only a server with a key can write; empty where there are no keys"


def upgrade() -> None:
    """Add the columns."""
    for table in ("consents", "sessions"):
        op.add_column(table, sa.Column("seal", sa.Text(), comment=_COMMENT))
