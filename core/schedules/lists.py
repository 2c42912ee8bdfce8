"""A schedule's list: its audience drawn from a new result, without the hold-out, put where it belongs."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from core.audiences import repository
from core.audiences.ad_list import AdList
from core.audiences.holdout import TREATED
from core.audiences.platforms import PLATFORMS, platform_of
from core.audiences.selection import Selection
from core.base.errors import ScheduleError
from core.results import query
from core.results.export import export_query
from core.rules.webhook import NotDelivered, post_signed
from core.schedules.definition import Definition
from core.schedules.destinations import put
from core.sources.base import SourceError
from core.storage import Arrival, Schedule, Store

#: People a webhook carries at most: more belong into a file.
MOST_IN_WEBHOOK = 50_000
TYPE = "list.ready"


def draw(schedule: Schedule, definition: Definition, arrival: Arrival, store: Store) -> dict[str, Any]:
    """Draw a schedule's audience from a result, keep who is in it, and return what is told of the list.

    Raises
    ------
    CoreError
        If the audience is gone, or the sessions don't tell what it needs.
    """
    audience = store.audience(definition.audience)
    selection = repository.applied(audience, arrival.result_id)
    if selection.n and repository.kept_members(audience, arrival.result_id) is None:
        repository.keep_members(audience, selection)
    return {
        "audience": audience.name,
        "audience_id": audience.id,
        "n": selection.n,
        "treated": selection.treated,
        "held_out": selection.held_out,
        "filename": filename(schedule.name, audience.name, arrival.name),
        "sent": [],
    }


def send(schedule: Schedule, definition: Definition, arrival: Arrival, place: str, store: Store) -> str:
    """Put an arrival's list into one place, ``destination`` or ``webhook``; return what it is there.

    Doing it twice leaves the same: a file of one name, a message of one id.

    Raises
    ------
    CoreError
        If it can't be put there.
    """
    told = arrival.list or {}
    selection = repository.applied(store.audience(definition.audience), arrival.result_id)
    with _file(selection, definition, told["filename"]) as file:
        if place == "destination":
            return put(definition.destination, file, told["filename"], store.settings)
        payload = _payload(schedule, arrival, selection, file)
    try:
        post_signed(
            definition.webhook,
            schedule.secret,
            f"list_{arrival.id}_{arrival.attempt}",
            payload,
            store.settings,
        )
    except NotDelivered as error:
        kind = ScheduleError if error.final else SourceError
        raise kind(
            str(error), where=definition.webhook, remedy="Check the receiver, then try again."
        ) from error
    return definition.webhook


def filename(schedule: str, audience: str, export: str) -> str:
    """Return what a list is called: the same for a corrected export of the same name."""
    stem = export.rsplit("/", 1)[-1].partition(".")[0]
    parts = (re.sub(r"[^A-Za-z0-9]+", "-", part).strip("-").lower() for part in (schedule, audience, stem))
    return f"{'_'.join(part[:60] for part in parts if part)}.csv"


@contextmanager
def _file(selection: Selection, definition: Definition, name: str) -> Iterator[Path]:
    """Write those who are to be contacted; a machine reads it, so cells stay as they are."""
    with TemporaryDirectory(prefix="list-") as folder, closing(query.connect(alone=True)) as connection:
        file = Path(folder) / name
        if definition.columns in PLATFORMS:
            listed = AdList(selection=selection, platform=platform_of(definition.columns))
            with file.open("wb") as written:
                written.writelines(listed.chunks())
            yield file
            return
        sql, params = selection.query(connection, group=TREATED, only_id=definition.columns == "id")
        export_query(connection, sql, params, file, "csv", for_spreadsheet=False)
        yield file


def _payload(schedule: Schedule, arrival: Arrival, selection: Selection, file: Path) -> bytes:
    told = arrival.list or {}
    if selection.treated > MOST_IN_WEBHOOK:
        raise ScheduleError(
            f"{selection.treated:,} people are too many for a webhook.",
            where="webhook",
            remedy=f"Up to {MOST_IN_WEBHOOK:,} fit; larger lists go to a folder, a bucket or by SFTP.",
        )
    content = {
        "type": TYPE,
        "timestamp": arrival.seen_at.isoformat(),
        "data": {
            "schedule": {"id": schedule.id, "name": schedule.name},
            "export": arrival.name,
            "result_id": arrival.result_id,
            "audience": {"id": told["audience_id"], "name": told["audience"]},
            "treated": told["treated"],
            "held_out": told["held_out"],
            "filename": told["filename"],
            "csv": file.read_text("utf-8"),
        },
    }
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
