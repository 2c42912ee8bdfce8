"""What the page of privacy and its routes ask for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.base.errors import NotFoundError
from core.base.identity import require
from core.base.settings import Settings
from core.database import Before
from core.privacy import records
from core.privacy.retention import KINDS
from core.storage import get_store

#: Settings of the shop that whoever looks after privacy sets.
NAMES = frozenset({*KINDS, "pseudonymise"})


def settings() -> Settings:
    """Return what holds now, with what pages have set."""
    return get_store().settings


def change(values: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Set for how many days each kind is kept (None: for ever), and whether ids are replaced.

    Returns
    -------
    dict
        What has changed: what held before, and what holds now.

    Raises
    ------
    SettingsError
        If a number can't be one of days.
    """
    require("privacy.write")
    wanted = {name: value for name, value in values.items() if name in NAMES}
    return get_store().set_shop(wanted)


def deletions(limit: int = 50, *, before: Before | None = None) -> list[records.Record]:
    """Return what was deleted, the latest first; ``before`` is where the page before ended."""
    require("privacy.write")
    return records.records(settings(), limit=limit, before=before)


def certificate(record_id: str) -> dict[str, Any]:
    """Return the certificate of a deletion.

    Raises
    ------
    NotFoundError
        If there is none, or not yet.
    """
    require("privacy.write")
    record = records.record(record_id, settings())
    if record.kind != "person" or record.state != "done" or record.told is None:
        raise NotFoundError("This deletion has no certificate yet.", remedy="Wait until it is done.")
    return record.told
