"""An installation with two shops: the first has one of everything, the second nothing of it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from core.accounts import Person
from core.accounts.people import add_person
from core.audiences import Definition
from core.audiences.repository import make as make_audience
from core.base.identity import ROLES
from core.base.project import FIRST, in_project
from core.base.settings import PROJECTS, SEVERAL, Settings
from core.ingest import Mapping as Columns
from core.keys import SCOPES, make_key
from core.live import keys as live_keys
from core.projects import add_member, create_project, settings_by_id
from core.rules.repository import save as save_rule
from core.rules.rule import Rule
from core.storage import get_store
from core.storage.uploads import Incoming
from tests.core.whatif.shop import open_shop

#: What stands in every name of the first shop's, and nowhere else.
MARK = "ALPHAMARK"
#: What the ids of its sessions begin with.
SESSION = "zeta-"
PASSWORD = "correct horse battery staple"


@dataclass(frozen=True)
class TwoProjects:
    """``ids`` are the first shop's by the name of a route's parameter; the rest is by project."""

    settings: Settings
    first: Settings
    second: Settings
    ids: Mapping[str, str]
    visitors: tuple[str, ...]
    people: Mapping[str, Person]
    strangers: Mapping[str, Person]
    keys: Mapping[str, str]
    live: Mapping[str, str]

    def tells_of_the_first(self, text: str) -> str:
        """Return what an answer tells of the first shop; empty where it tells nothing."""
        # The first one is asked for, and may be said back.
        return next((word for word in (MARK, *self.visitors[1:]) if word in text), "")

    def first_as_it_is(self) -> str:
        """Return a fingerprint of all files and records of the first shop."""
        digest = sha256()
        root = self.first.data_dir
        for path in sorted(root.rglob("*")):
            inside = path.relative_to(root)
            if inside.parts[0] in ("projects", "jobs.sqlite") or not path.is_file():
                continue
            if path.suffix == ".sqlite":
                digest.update("\n".join(_records(path)).encode())
            elif not path.name.endswith(("-wal", "-shm", ".lock", ".key")) and path.suffix != ".db":
                digest.update(f"{inside} {sha256(path.read_bytes()).hexdigest()}".encode())
        for path in sorted(self.first.models_dir.rglob("*.json")):
            digest.update(path.read_bytes())
        return digest.hexdigest()


#: Records of who was here, which every request adds to, and those of the installation.
SHARED = frozenset(
    {"audit", "person_sessions", "people", "api_keys", "projects", "project_members", "facts", "attempts"}
)


def _records(path: Path) -> Iterator[str]:
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        names = [
            name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        ]
        for name in sorted(set(names) - SHARED):
            if not name.startswith("sqlite_"):
                yield from sorted(map(repr, connection.execute(f'SELECT * FROM "{name}"')))


@contextmanager
def two_projects(folder: Path) -> Iterator[TwoProjects]:
    """Make the two, with people and keys of each."""
    with open_shop(folder) as shop:
        settings = shop.settings
        _rename_sessions(shop.result.path)
        people = {
            role: add_person(
                email=f"{role}@first.example", name=f"{role} of the first", role=role, password=PASSWORD,
                settings=settings,
            )
            for role in ROLES
        }  # fmt: skip
        made = create_project("Second", settings, first_name=f"Shop {MARK}")
        first, second = settings_by_id(FIRST, settings), settings_by_id(made.id, settings)
        with in_project(first):
            ids = _one_of_everything(first, folder)
            keys = {"first": make_key(f"Key {MARK}", scopes=SCOPES, settings=first)[1]}
            live = {
                kind: live_keys.make_key(first, kind=kind, name=f"{kind} {MARK}")[1]
                for kind in ("write", "secret")
            }
        strangers = {
            role: add_person(
                email=f"{role}@second.example", name=f"{role} of the second", role=role, password=PASSWORD,
                settings=settings,
            )
            for role in ROLES
        }  # fmt: skip
        for person in strangers.values():
            add_member(made.id, person.id, settings)
        with in_project(second):
            keys["second"] = make_key("Second's", scopes=SCOPES, settings=second)[1]
            keys["second, reads"] = make_key("Second's, reads", scopes=["results.read"], settings=second)[1]
            get_store(second).set_shop({"shop_name": "Second"})
        visitors = tuple(sorted(f"{SESSION}{row['session_id']}" for row in shop.rows))
        yield TwoProjects(
            settings=settings, first=first, second=second, ids=ids, visitors=visitors[:50], people=people,
            strangers=strangers, keys=keys, live=live,
        )  # fmt: skip
        for each in (first, second):
            get_store(each).close()
        # Whoever made the shop knows of one alone.
        (settings.data_dir / PROJECTS / SEVERAL).unlink()


def _rename_sessions(path: Path) -> None:
    """Give sessions ids that the demo model's, which everybody sees, don't have."""
    table = pq.read_table(path)
    for name in ("session_id", "visitor_id"):
        place = table.column_names.index(name)
        renamed = pc.binary_join_element_wise(SESSION, table[name].cast(pa.string()), "")
        table = table.set_column(place, name, renamed)
    pq.write_table(table, path)


def _one_of_everything(settings: Settings, folder: Path) -> dict[str, str]:
    store = get_store(settings)
    result = store.results()[0]
    store.rename(result.dataset_id, f"Export {MARK}")
    store.set_shop({"shop_name": f"Shop {MARK}"})
    dataset = store.dataset(result.dataset_id)
    audience = make_audience(
        result.id, name=f"Audience {MARK}", definition=Definition(pick="all", held_out=0.1, salt="s")
    )
    training = store.create_training(dataset, bundle=f"model-{MARK}", options={}, who="")
    scenario = store.save_scenario(name=f"Scenario {MARK}", bundle=result.bundle, query="?")
    definition: dict[str, Any] = {"kind": "folder", "source": "/srv/x", "pattern": "*.csv"}
    schedule = store.add_schedule(f"Schedule {MARK}", definition, secret="s")
    arrival = store.add_arrival(
        schedule.id, key="k", stamp="s", name=f"{MARK}.csv", turn="1", paths=["x.csv"], size_bytes=1
    )
    store.keep_recipe("f1" * 16, name=f"Recipe {MARK}", mapping=Columns(kind="events"))
    rule = save_rule(settings, Rule(name=f"Rule {MARK}"))
    upload = Incoming(store).create(f"{MARK}.csv", 10, metadata=f"filename {MARK}")
    return {
        "dataset_id": dataset.id,
        "result_id": result.id,
        "source_id": result.id,
        "audience_id": audience.id,
        "training_id": training.id,
        "scenario_id": scenario.id,
        "schedule_id": schedule.id,
        "arrival_id": arrival.id if arrival else "",
        "rule_id": rule.id,
        "upload_id": upload.id,
        "fingerprint": "f1" * 16,
        "name": result.bundle,
        "project_id": FIRST,
    }
