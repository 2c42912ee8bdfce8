"""The part of the store that remembers audiences: what they are called, and how they are defined."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Engine, delete, func, insert, select, update

from core.audit import record
from core.base.errors import AudienceError, NotFoundError
from core.base.settings import Settings
from core.database import Before, newest_first
from core.storage import _files
from core.storage._ids import new_id
from core.storage._outcomes import outcomes
from core.storage._records import Audience, Result
from core.storage._tables import audiences

MOST_NAME = 120


class Audiences:
    """Audiences are added, read, renamed and deleted here; ``Store`` is one of these."""

    _engine: Engine
    _settings: Settings
    data_dir: Path

    def add_audience(
        self,
        *,
        name: str,
        definition: Mapping[str, Any],
        result: Result,
        figures: Mapping[str, Any],
        who: str = "",
    ) -> Audience:
        """Keep an audience.

        Parameters
        ----------
        definition
            Who is in it, as plain JSON.
        result
            From which it was made; the audience outlives it.
        figures
            What it was when it was made, as plain JSON: ``n``, ``treated``, ``held_out`` and more.

        Raises
        ------
        AudienceError
            If it has no name.
        """
        row: dict[str, Any] = {
            "id": new_id(),
            "name": _clean(name),
            "definition": dict(definition),
            "result_id": result.id,
            "result_name": result.dataset_name,
            "bundle": result.bundle,
            "currency": result.currency,
            "synthetic": result.synthetic,
            "figures": dict(figures),
            "who": who,
            "created_at": datetime.now(UTC),
        }
        with self._engine.begin() as connection:
            connection.execute(insert(audiences).values(row))
        return Audience(**row)

    def audience(self, audience_id: str) -> Audience:
        """Return one audience; NotFoundError if there is none (any more)."""
        matches = self._audiences(audiences.c.id == audience_id, limit=1)
        if not matches:
            raise _no_audience()
        return matches[0]

    def audiences(
        self, limit: int = 200, *, result_id: str | None = None, before: Before | None = None
    ) -> tuple[Audience, ...]:
        """Return the latest audiences, newest first; those made from one result if it is named.

        ``before`` is where the page before ended.
        """
        where = [] if result_id is None else [audiences.c.result_id == result_id]
        return self._audiences(*where, limit=limit, before=before)

    def count_audiences(self) -> int:
        """Return how many there are."""
        with self._engine.connect() as connection:
            return int(connection.scalar(select(func.count()).select_from(audiences)) or 0)

    def rename_audience(self, audience_id: str, name: str) -> None:
        """Give an audience another name.

        Raises
        ------
        AudienceError
            If that is none.
        NotFoundError
            If there is no such audience.
        """
        query = update(audiences).where(audiences.c.id == audience_id).values(name=_clean(name))
        with self._engine.begin() as connection:
            if not connection.execute(query).rowcount:
                raise _no_audience()

    def delete_audience(self, audience_id: str) -> None:
        """Forget an audience, who was in it and its outcomes; NotFoundError if there is none."""
        name = self.audience(audience_id).name
        with self._engine.begin() as connection:
            if not connection.execute(delete(audiences).where(audiences.c.id == audience_id)).rowcount:
                raise _no_audience()
            connection.execute(delete(outcomes).where(outcomes.c.audience_id == audience_id))
        _files.remove(self._audiences_dir / audience_id, trash=self.data_dir / "trash")
        record("deleted", name, settings=self._settings, kind="audience", id=audience_id)

    # Who was in them (see ``core.audiences.members``)

    @property
    def _audiences_dir(self) -> Path:
        return self.data_dir / "audiences"

    def members_path(self, audience_id: str, result_id: str) -> Path:
        """Return where it is kept who of a result was in an audience; nothing may be there.

        Raises
        ------
        NotFoundError
            If these are no ids.
        """
        if not all(re.fullmatch(r"[A-Za-z0-9_-]{1,64}", part) for part in (audience_id, result_id)):
            raise _no_audience()
        return self._audiences_dir / audience_id / f"{result_id}.parquet"

    def kept_members(self, audience_id: str) -> tuple[Path, ...]:
        """Return all files of those who were in an audience, one for each result, latest first."""
        files = (self._audiences_dir / audience_id).glob("[!.]*.parquet")
        return tuple(sorted(files, key=lambda path: path.stat().st_mtime, reverse=True))

    def _audiences(
        self, *where: ColumnElement[bool], limit: int, before: Before | None = None
    ) -> tuple[Audience, ...]:
        query = newest_first(select(audiences).where(*where), audiences, before=before, limit=limit)
        with self._engine.connect() as connection:
            rows = connection.execute(query).mappings().all()
        return tuple(Audience(**row) for row in rows)


def _clean(name: str) -> str:
    """Return a name on one line, of a length that can be shown."""
    cleaned = " ".join(name.split())[:MOST_NAME]
    if not cleaned:
        raise AudienceError("The audience has no name.", remedy="Enter a name, so you can find it again.")
    return cleaned


def _no_audience() -> NotFoundError:
    return NotFoundError(
        "This audience doesn't exist or was deleted.", remedy="Choose one from the list, or create it again."
    )
