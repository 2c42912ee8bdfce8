"""Keep which session of a provider a session belongs to."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Bring a database to this schema."""
    op.create_table(
        "provider_logouts",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("until", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.add_column(
        "person_sessions", sa.Column("provider_session", sa.String(), server_default="", nullable=False)
    )
