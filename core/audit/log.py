"""Write an entry. Its hash includes that of the one before: none can be changed or left out unnoticed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from sqlalchemy import JSON, Column, Index, Integer, String, Table, insert, select

from core.base.identity import identity
from core.base.settings import Settings, current_settings
from core.database import UtcDateTime, append_only, metadata, shared_engine, wait_for_turn

Action = Literal[
    "sign_in",
    "sign_in_failed",
    "sign_out",
    "ids_downloaded",
    "ids_sent",
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
    "project_changed",
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
    "ids_sent": "Sent ids",
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
    "project_changed": "Changed a project",
    "personal_data_exported": "Exported a person's data",
    "personal_data_deleted": "Deleted a person's data",
    "backup_made": "Made a backup",
}
MOST_TEXT = 300
#: What the first entry has for the hash of the one before.
BEGINNING = ""
#: Any number will do, as long as every process that writes takes the same one.
LOCK = 0xA0D17

audit = append_only(
    Table(
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
        Column("hash", String, nullable=False, server_default=""),
        Index("audit_by_time", "at"),
    )
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
    hash: str

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain JSON."""
        names = ("id", "who_id", "who", "via", "address", "action", "subject", "detail", "hash")
        return {"at": self.at.isoformat()} | {name: getattr(self, name) for name in names}


def record(action: Action, subject: str = "", *, settings: Settings | None = None, **detail: Any) -> None:  # noqa: ANN401
    """Add an entry for whoever asks now.

    ``subject`` is what it was done to, by name; ``detail`` is plain JSON and never holds a visitor's id.
    """
    who = identity()
    told = {
        "who_id": who.id,
        "who": who.name,
        "via": who.via,
        "address": who.address,
        "action": action,
        "subject": subject,
    }
    row: dict[str, Any] = {name: _clean(said) for name, said in told.items()}
    of = settings or current_settings.get()
    if of is not None and of.project and of.has_projects:
        detail = {"project": of.project} | detail
    row |= {"at": datetime.now(UTC), "detail": detail}
    with shared_engine(settings).begin() as connection:
        # It follows the last one: nobody else adds any meanwhile.
        wait_for_turn(connection, LOCK)
        before = connection.scalar(select(audit.c.hash).order_by(audit.c.id.desc()).limit(1))
        connection.execute(insert(audit).values(row | {"hash": chained(before or BEGINNING, row)}))


def chained(before: str, row: Mapping[str, Any]) -> str:
    """Return an entry's hash: SHA-256 of the hash of the one before and of all it says."""
    names = ("who_id", "who", "via", "address", "action", "subject", "detail")
    said = [before, row["at"].astimezone(UTC).isoformat(), *(row[name] for name in names)]
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def _clean(said: str) -> str:
    """Return a text as any database takes it."""
    return said.replace("\0", "").encode("utf-8", "replace").decode()[:MOST_TEXT]
