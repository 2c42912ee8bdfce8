"""Keep the request a job was handed in with."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Bring a database to this schema."""
    op.add_column("reasons", sa.Column("request", sa.String(), server_default="", nullable=False))
    op.add_column("results", sa.Column("request", sa.String(), server_default="", nullable=False))
    op.add_column("trainings", sa.Column("request", sa.String(), server_default="", nullable=False))
