"""Deleting one person everywhere, with a certificate of what was looked through and what was deleted."""

from __future__ import annotations

import fcntl
import logging
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from typing import Any

from core import audit
from core.base.errors import CoreError
from core.base.identity import require
from core.base.settings import Settings
from core.base.version import VERSION
from core.live.closing import dataset_of
from core.live.keys import keys
from core.privacy import records
from core.privacy.exports import BusyError, check_idle, known_in, remove_from, scored_of
from core.privacy.live import known_live, remove_live
from core.privacy.originals import names
from core.privacy.person import Person, identify, sha256
from core.privacy.places import rows_of
from core.privacy.traces import (
    lists_with,
    models_of,
    reference_rows,
    remove_from_lists,
    remove_references,
    searches_for,
)
from core.projects import all_projects
from core.storage import Dataset, Store, get_store

log = logging.getLogger(__name__)

EVERY = 1_000_000
LOCK = "privacy.lock"
#: What a certificate can't vouch for, in so many words.
LEFT = (
    "Models keep what they learned; those named above learned from an export with this person. Train them "
    "again to be sure that nothing of it is left.",
    "Files that were downloaded, sent by webhook or uploaded elsewhere are outside of this program.",
    "Uploads that aren't finished yet, and backups, weren't looked through.",
    "Folders, buckets and databases that exports are taken from were left as they are: somebody who is still "
    "in them comes in again with the next export.",
    "Whoever visits the shop again is recorded again.",
)


def find(asked: str, settings: Settings, *, alone: bool = False) -> dict[str, Any]:
    """Return how much is known of a person, and where: counts, no rows."""
    require("privacy.write")
    person, store = identify(asked, settings, alone=alone), get_store(settings)
    exports = []
    for dataset in store.datasets(limit=EVERY):
        known = known_in(store, dataset, person)
        is_named = bool(known) or _is_named(dataset, person)
        if is_named:
            exports.append(
                {
                    "id": dataset.id,
                    "name": dataset.name,
                    "rows": sum(len(known.get(name, ())) for name in ("events", "sessions")),
                    "sessions": sum(len(result["sessions"]) for result in known.get("results", ())),
                    "is_read": bool(rows_of(dataset)),
                }
            )
    live = {name: len(rows) for name, rows in known_live(settings, person).items()}
    references = {name: len(rows) for name, rows in reference_rows(settings, person).items()}
    audiences, pages = searches_for(store, person)
    return {
        "ids": len(person.known),
        "exports": exports,
        "live": live,
        "audiences": sorted({each["name"] for each in lists_with(store, person)}),
        "models": sorted(models_of(store, {str(each["id"]) for each in exports}) | references),
        "saved": len(audiences) + len(pages),
    }


def export_known(asked: str, settings: Settings, *, alone: bool = False) -> dict[str, Any]:
    """Return everything that is known of a person, as plain data."""
    require("privacy.write")
    person, store = identify(asked, settings, alone=alone), get_store(settings)
    exports = [
        known for dataset in store.datasets(limit=EVERY) if (known := known_in(store, dataset, person))
    ]
    audit.record("personal_data_exported", sha256(person.asked)[:16], settings=settings)
    return {
        "asked_for": person.asked,
        "ids": sorted(person.known),
        "made_at": datetime.now(UTC),
        "exports": exports,
        "live": known_live(settings, person),
        "audiences": lists_with(store, person),
        "model_references": reference_rows(settings, person),
        "models_that_learned_from_these_exports": sorted(
            models_of(store, {str(each["id"]) for each in exports})
        ),
    }


def ask_for(asked: str, settings: Settings, *, alone: bool = False) -> records.Record:
    """Ask for a person to be deleted; the worker does it.

    Raises
    ------
    SharedIdError
        If the id isn't one person's.
    """
    require("privacy.write")
    identify(asked, settings, alone=alone)
    return records.add("person", settings=settings, asked={"id": asked, "alone": alone})


def carry_out(record: records.Record, settings: Settings) -> records.Record:
    """Delete who is meant by a record, and return it with the certificate.

    Whatever stops it in the middle: asked again, it goes on with what is left.
    """
    with only_one(get_store(settings)):
        record = records.record(record.id, settings)
        if record.state == "done":
            return record
        records.change(record.id, settings, state="running")
        try:
            asked = record.asked or {}
            told = _delete(record, str(asked["id"]), bool(asked.get("alone")), settings)
        except CoreError as error:
            # Whom it was about isn't kept for longer than it is needed.
            failed = {"state": "failed", "asked": None, "told": {"error": error.to_dict()}}
            waits = {"state": "waiting"}
            records.change(record.id, settings, **(waits if isinstance(error, BusyError) else failed))
            raise
        records.change(
            record.id, settings, state="done", asked=None, told=told, finished_at=datetime.now(UTC)
        )
        compact(settings)
    subject = told["subject"][:16]
    audit.record(
        "personal_data_deleted", subject, certificate=record.id, rows=told["rows"], settings=settings
    )
    return records.record(record.id, settings)


def delete(asked: str, settings: Settings, *, alone: bool = False) -> records.Record:
    """Delete a person here and now, and return the record with the certificate.

    What can't be done now, because an export is being worked on, is left to the worker.
    """
    return carry_out(ask_for(asked, settings, alone=alone), settings)


@contextmanager
def only_one(store: Store) -> Iterator[None]:
    """Let one process at a time delete."""
    with (store.data_dir / LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def live_datasets(settings: Settings) -> set[str]:
    """Return the datasets that grow of live sessions."""
    found = (dataset_of(settings, key.id) for key in keys(settings) if key.kind == "write")
    return {dataset.id for dataset in found if dataset is not None}


def _delete(record: records.Record, asked: str, alone: bool, settings: Settings) -> dict[str, Any]:
    person, store = identify(asked, settings, alone=alone), get_store(settings)
    # Live first: what is over there would otherwise go into an export that is done with.
    live, growing = remove_live(settings, person), live_datasets(settings)
    named = [dataset for dataset in store.datasets(limit=EVERY) if _is_anywhere(store, dataset, person)]
    for dataset in named:
        check_idle(store, dataset)
    models = models_of(store, {dataset.id for dataset in named})
    places = [{"place": f"live: {name.removeprefix('live ')}", "deleted": n} for name, n in live.items()]
    lists = remove_from_lists(store, person)
    references = remove_references(settings, person)
    audiences, pages = searches_for(store, person)
    for dataset in named:
        places += _delete_from(store, dataset, person, is_live=dataset.id in growing)
    for audience in audiences:
        store.delete_audience(audience.id)
    for page in pages:
        store.delete_scenario(page)
    places += [{"place": "lists of audiences", "deleted": lists}]
    places += [
        {"place": f"reference sample of the model {name}", "deleted": n} for name, n in references.items()
    ]
    places += [{"place": "audiences and what-if pages saved of them", "deleted": len(audiences) + len(pages)}]
    return {
        "certificate": record.id,
        "subject": sha256(person.asked),
        "subject_is": "the SHA-256 of the id that was given, trimmed and in lower case",
        "ids": len(person.known),
        "asked_at": record.created_at.isoformat(timespec="seconds"),
        "done_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "by": record.who,
        "program": VERSION,
        "looked_through": _looked_through(store, settings),
        "places": places,
        "rows": sum(place["deleted"] for place in places),
        "models": [{"model": name, "export": export} for name, export in sorted(models.items())],
        "left": [*LEFT, *_other_projects(settings)],
    }


def _other_projects(settings: Settings) -> Iterator[str]:
    for project in all_projects(settings):
        if project.id == settings.project:
            yield f"Other projects: this is of “{project.name}”. Whoever is known in others is deleted there."


def _delete_from(store: Store, dataset: Dataset, person: Person, *, is_live: bool) -> list[dict[str, Any]]:
    where = f"export “{dataset.name}”"
    if not rows_of(dataset):
        store.delete_dataset(dataset.id)
        return [{"place": f"{where}: not read yet, so it was deleted as a whole", "deleted": 1}]
    removed = remove_from(store, dataset, person, is_live=is_live)
    return [{"place": f"{where}: {name}", "deleted": n} for name, n in removed.items() if n]


def _is_anywhere(store: Store, dataset: Dataset, person: Person) -> bool:
    return bool(known_in(store, dataset, person)) or _is_named(dataset, person)


def _is_named(dataset: Dataset, person: Person) -> bool:
    """Tell whether a dataset's files name somebody, or the rows that were refused."""
    ids = person.ids(dataset.id)
    return any(names(path, ids) for path in (*(file.path for file in dataset.files), dataset.rejected_path))


def _looked_through(store: Store, settings: Settings) -> dict[str, int]:
    datasets = store.datasets(limit=EVERY)
    return {
        "exports": len(datasets),
        "results": sum(1 for dataset in datasets for _ in scored_of(store, dataset.id)),
        "audiences": store.count_audiences(),
        "models": sum(1 for _ in settings.models_dir.glob("[!.]*/manifest.json")),
        "live sources": sum(1 for key in keys(settings) if key.kind == "write"),
    }


def compact(settings: Settings) -> None:
    """Write SQLite's files anew, so that nothing that was deleted is left in them."""
    for path in (
        settings.data_dir / "predictor.sqlite",
        settings.data_dir / "live" / "live.sqlite",
        settings.data_dir / "live" / "inbox.sqlite",
    ):
        if not path.exists():
            continue
        with closing(sqlite3.connect(path, timeout=30, isolation_level=None)) as connection:
            try:
                connection.execute("VACUUM")
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            except sqlite3.OperationalError as error:
                # Somebody reads it at length: what was deleted is overwritten bit by bit then.
                log.warning("%s could not be compacted: %s", path.name, error)
