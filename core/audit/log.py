"""Write an entry, and read the newest ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from sqlalchemy import JSON, Column, Index, Integer, String, Table, insert, select

from core.base.identity import identity
from core.base.settings import Settings
from core.database import UtcDateTime, get_engine, metadata

Action = Literal[
    "sign_in",
    "sign_in_failed",
    "sign_out",
    "ids_downloaded",
    "deleted",
    "model_promoted",
    "key_made",
    "key_revoked",
    "rule_changed",
    "schedule_changed",
    "settings_changed",
    "person_invited",
    "person_changed",
    "person_removed",
    "personal_data_exported",
    "personal_data_deleted",
    "backup_made",
]
#: What each action is called on the page.
ACTIONS: dict[Action, str] = {
    "sign_in": "Signed in",
    "sign_in_failed": "Failed to sign in",
    "sign_out": "Signed out",
    "ids_downloaded": "Downloaded ids",
    "deleted": "Deleted",
    "model_promoted": "Put a model to use",
    "key_made": "Made a key",
    "key_revoked": "Revoked a key",
    "rule_changed": "Changed a rule",
    "schedule_changed": "Changed a schedule",
    "settings_changed": "Changed settings",
    "person_invited": "Invited a person",
    "person_changed": "Changed a person",
    "person_removed": "Removed a person",
    "personal_data_exported": "Exported a person's data",
    "personal_data_deleted": "Deleted a person's data",
    "backup_made": "Made a backup",
}

audit = Table(
    "audit",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("at", UtcDateTime, nullable=False),
    Column("who_id", String, nullable=False),
    Column("who", String, nullable=False),
    Column("via", String, nullable=False),
    Column("address", String, nullable=False),
    Column("action", String, nullable=False),
    Column("subject", String, nullable=False),
    Column("detail", JSON, nullable=False),
    Index("audit_by_time", "at"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing that was done: by whom, how they had signed in, from which address, to what."""

    id: int
    at: datetime
    who_id: str
    who: str
    via: str
    address: str
    action: Action
    subject: str
    detail: Mapping[str, Any]


def record(action: Action, subject: str = "", *, settings: Settings | None = None, **detail: Any) -> None:  # noqa: ANN401
    """Add an entry for whoever asks now.

    ``subject`` is what it was done to, by name; ``detail`` is plain JSON and never holds a visitor's id.
    """
    who = identity()
    with get_engine(settings).begin() as connection:
        connection.execute(
            insert(audit).values(
                at=datetime.now(UTC),
                who_id=who.id,
                who=who.name,
                via=who.via,
                address=who.address,
                action=action,
                subject=subject,
                detail=detail,
            )
        )


def entries(*, limit: int = 100, settings: Settings | None = None) -> list[Entry]:
    """Return the newest entries, newest first."""
    query = select(audit).order_by(audit.c.id.desc()).limit(limit)
    with get_engine(settings).connect() as connection:
        return [Entry(**row) for row in connection.execute(query).mappings()]
