"""Who was treated and who held out, kept beside the audience: what reading its outcomes needs, and no more.

A result may be deleted before its campaign is over. So a small file is written when an audience is made, and
when it is applied to another result and downloaded: for each of its people the first half of the SHA-256 of
the id, the group, and the probability that was predicted. No id can be read from it, and it is sorted by
hash, so that it doesn't tell who stood where: about 20 bytes for each. Deleting the audience deletes it.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Self
from uuid import uuid4

import pyarrow.parquet as pq

from core.audiences.definition import Form, Kind
from core.audiences.holdout import HELD_OUT, spelt_sql
from core.audiences.selection import Selection
from core.base.settings import get_settings
from core.results import query
from core.security.pseudonym import is_pseudonym_sql, pseudonym_sql

#: What of a SHA-256 is kept, in hexadecimal digits: two of ten million ids share it in one of 10 ** 24 cases.
KEPT_DIGITS = 32
#: What is told of the file itself, under this name in it.
TOLD = "audience"
#: Bytes a person takes at most, to know beforehand whether there is room.
EACH = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Members:
    """People of an audience as they were in one result: ``path`` has ``key``, ``held_out``, ``probability``.

    ``id_kind`` says whether they are visitors or sessions; ``result_id``, ``result_name`` and ``currency``
    are those of the result, ``last`` the moment of its last session. ``once`` is whether each visitor has one
    session in it at most. ``id_form`` is how ids were spelt in the audience's own file;
    ``is_pseudonymised`` is whether they had been replaced by keyed hashes before.
    """

    path: Path
    id_kind: Kind
    id_column: str
    once: bool
    result_id: str
    result_name: str
    currency: str | None
    last: datetime | None
    id_form: Form = "sha256"
    is_pseudonymised: bool = False

    def key_sql(self, column: str) -> str:
        """Return SQL for what is kept of a column of ids as they are."""
        if self.is_pseudonymised:
            column = f"({pseudonym_sql(column, get_settings())})"
        return hashed_key_sql(f"sha256({spelt_sql(column, self.id_form)})")

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON, without the place."""
        written = asdict(self)
        del written["path"]
        return {**written, "last": self.last.isoformat() if self.last else None}

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read what ``write`` has written; FileNotFoundError if nothing is there."""
        written = json.loads(pq.read_metadata(path).metadata[TOLD.encode()])
        last = datetime.fromisoformat(written["last"]) if written["last"] else None
        return cls(**{**written, "last": last}, path=path)


def write(selection: Selection, path: Path) -> Members:
    """Write who is in an audience, whole or not at all."""
    made = Members(
        path=path,
        id_kind=selection.definition.id_kind,
        id_column=selection.definition.id_column,
        once=selection.definition.one_row_per == "visitor",
        result_id=selection.source.id,
        result_name=selection.source.name,
        currency=selection.source.currency,
        last=_last(selection),
        id_form=selection.definition.id_form,
        is_pseudonymised=_is_pseudonymised(selection),
    )
    raw = replace(selection, definition=replace(selection.definition, id_form="raw"))
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.stem}-{uuid4().hex[:8]}.partial")
    metadata = json.dumps(made.to_dict()).replace("'", "''")
    try:
        with query.connect(alone=True) as connection:
            sql, params = raw.query(connection)
            connection.execute(
                f"COPY (SELECT {made.key_sql(raw.definition.id_column)} AS key, "
                f"bool_or(\"group\" = '{HELD_OUT}') AS held_out, "
                "max(purchase_probability)::REAL AS probability "
                f"FROM ({sql}) GROUP BY 1 ORDER BY 1) TO '{_quoted(partial)}' "
                f"(FORMAT parquet, COMPRESSION zstd, KV_METADATA {{{TOLD}: '{metadata}'}})",
                params,
            )
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    return made


def _is_pseudonymised(selection: Selection) -> bool:
    if selection.definition.id_kind != "visitor":
        return False
    sql = f"SELECT bool_and({is_pseudonym_sql('visitor_id')}) AS all_are FROM sessions"
    return bool(query.ask_one(selection.sessions, sql)["all_are"])


def hashed_key_sql(hashed: str) -> str:
    """Return SQL for what is kept of an id that is hashed already; null where it is no hash."""
    return f"CASE WHEN length({hashed}) = 64 THEN TRY_CAST(left({hashed}, {KEPT_DIGITS}) AS UUID) END"


def _last(selection: Selection) -> datetime | None:
    last: datetime | None = query.ask_one(selection.sessions, "SELECT max(started_at) AS last FROM sessions")[
        "last"
    ]
    return last


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
