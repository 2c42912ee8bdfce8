"""Chain the entries of the audit log."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Bring a database to this schema."""
    op.add_column("audit", sa.Column("hash", sa.String(), server_default="", nullable=False))
