"""A person elsewhere: in lists of audiences, in models' reference samples, in what people saved by search."""

from __future__ import annotations

import re
from typing import Any

from core.audiences import repository
from core.audiences.members import Members, hashed_key_sql
from core.base.memory_database import scratch_database
from core.base.settings import Settings
from core.base.sql import literal
from core.bundle.edit import replace_reference
from core.bundle.repository import REFERENCE_FILE
from core.privacy.person import Person
from core.privacy.rows import Ids, remove, remove_where, rows
from core.storage import Audience, Store


def lists_with(store: Store, person: Person) -> list[dict[str, Any]]:
    """Return in which audiences a person is, and in which group."""
    found = []
    for audience in store.audiences(limit=1_000_000):
        for members in repository.kept_lists(audience):
            with scratch_database() as connection:
                for (held_out,) in connection.execute(
                    f"SELECT held_out FROM read_parquet(?) WHERE {_is_member(store, members, person)}",
                    [str(members.path)],
                ).fetchall():
                    found.append(
                        {
                            "id": audience.id,
                            "name": audience.name,
                            "of": members.result_name,
                            "group": "held out" if held_out else "treated",
                        }
                    )
    return found


def remove_from_lists(store: Store, person: Person) -> int:
    """Delete a person from the lists of audiences; return how many entries."""
    return sum(
        remove_where(members.path, _is_member(store, members, person))
        for audience in store.audiences(limit=1_000_000)
        for members in repository.kept_lists(audience)
    )


def _is_member(store: Store, members: Members, person: Person) -> str:
    """Return SQL for whether an entry is a person's: it holds half a hash, made as the audience makes it."""
    ids = sorted(person.people)
    if members.id_kind == "session":
        dataset = next(
            (r.dataset_id for r in store.results(limit=1_000_000) if r.id == members.result_id), ""
        )
        ids = sorted(person.sessions.get(dataset, ()))
    if not ids:
        return "false"
    table = f"(SELECT unnest([{', '.join(map(literal, ids))}]) AS id)"
    # An id that is hashed already is as it is; in clear, it is spelt as the audience's platform does.
    return (
        f"key IN (SELECT {_key(members)} FROM {table}) OR key IN (SELECT {hashed_key_sql('id')} FROM {table} "
        "WHERE length(id) = 64)"
    )


def _key(members: Members) -> str:
    return members.key_sql("id")


def models_of(store: Store, datasets: set[str]) -> dict[str, str]:
    """Return the models that learned from exports, by name, with the export's name."""
    found = {
        training.bundle: training.dataset_name
        for training in store.trainings(limit=1_000_000)
        if training.dataset_id in datasets and training.state == "done"
    }
    for result in store.results(limit=1_000_000):
        if result.dataset_id in datasets and result.basis is not None:
            if result.basis.kind == "own":
                found[result.bundle] = result.dataset_name
            if result.basis.contest is not None and result.basis.contest.bundle:
                found[result.basis.contest.bundle] = result.dataset_name
    return found


def reference_rows(settings: Settings, person: Person) -> dict[str, list[dict[str, Any]]]:
    """Return a person's sessions in models' reference samples, by model."""
    return {
        path.parent.name: found
        for path in sorted(settings.models_dir.glob(f"[!.]*/{REFERENCE_FILE}"))
        if (found := rows(path, _ids(person)))
    }


def remove_references(settings: Settings, person: Person) -> dict[str, int]:
    """Take a person's sessions out of models' reference samples; return how many, by model."""
    removed = {}
    for name in reference_rows(settings, person):
        removed[name] = replace_reference(name, lambda path: remove(path, _ids(person)), settings)
    return removed


def _ids(person: Person) -> Ids:
    every = {one for sessions in person.sessions.values() for one in sessions}
    # A session's id alone may be another shop's; those that hold a visitor's id, or are long, are not.
    return Ids(people=person.people, sessions={one for one in every if len(one) >= LONG})


#: From so many characters on, an id of a session is nobody else's.
LONG = 16


def searches_for(store: Store, person: Person) -> tuple[list[Audience], list[str]]:
    """Return audiences and what-if pages that were saved of one person or their session: by an id in them."""
    ids = Ids(people=person.people, sessions={one for found in person.sessions.values() for one in found})
    words = "|".join(re.escape(one) for one in sorted(ids.people | {s.lower() for s in ids.sessions}))
    found = re.compile(rf"=({words})($|&|%20)") if words else None
    if found is None:
        return [], []
    audiences = [
        audience
        for audience in store.audiences(limit=1_000_000)
        if found.search(_unquoted(str(audience.definition.get("filters", ""))))
    ]
    pages = [page.id for page in store.scenarios() if found.search(_unquoted(page.query))]
    return audiences, pages


def _unquoted(query: str) -> str:
    from urllib.parse import unquote

    return unquote(query).lower()
