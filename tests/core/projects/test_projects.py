"""Projects: made, entered, left; each with files and databases of its own, on SQLite and PostgreSQL."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import anyio
import psycopg
import pytest
from fastapi import FastAPI
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from core.accounts import Person, federated, links
from core.accounts.people import add_person, set_role
from core.api.projects import gate
from core.backup import make_backup, restore_backup
from core.base.data_folder import make_data_folder
from core.base.errors import NotFoundError, ProjectError, SettingsError, StorageError
from core.base.identity import ForbiddenError, Identity, Role, acting_as
from core.base.project import FIRST, in_project
from core.base.settings import Settings, get_settings
from core.bundle.repository import list_bundles
from core.database import close_engine
from core.database.migrating import current_revision, known_revisions
from core.database.opening import bare_engine
from core.jobs.scoring import SCORING, submit
from core.keys import keys, make_key
from core.keys.checking import UnknownKeyError, identity_of_key
from core.live import keys as live_keys
from core.monitoring import readiness
from core.monitoring.doctor import data, examine, services
from core.oidc.claims import ProvenIdentity
from core.privacy import erasure
from core.projects import (
    Place,
    Project,
    add_member,
    all_projects,
    create_project,
    enter,
    find_project,
    members,
    open_to,
    records,
    remove_member,
    rename_project,
    settings_by_id,
)
from core.projects.records import allow, every_settings, in_every_project
from core.security import streams
from core.storage import get_store
from tests.conftest import SHIPPED
from tests.core.jobs.working import close, over, working

CSV = "session_id,clicks,price_mean\n" + "".join(f"s{n},{n % 9 + 1},{n % 50}.5\n" for n in range(60))


def settings_of(folder: Path, url: str | None = None) -> Settings:
    shutil.copytree(SHIPPED, folder / "models" / SHIPPED.name)
    return Settings(
        data_dir=folder / "data", models_dir=folder / "models", min_free_bytes=0, own_models=False,
        DATABASE_URL=url, live_database=url, sources=("/srv/a", "/srv/b"),
    )  # fmt: skip


@pytest.fixture
def settings(database_url: str | None, tmp_path: Path) -> Settings:
    return settings_of(tmp_path / "here", database_url)


@pytest.fixture
def alone(tmp_path: Path) -> Settings:
    return settings_of(tmp_path / "here")


@pytest.fixture
def elsewhere(settings: Settings, tmp_path: Path) -> Iterator[Settings]:
    url = settings.database_url
    if url is not None:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(f'create database "{url.rpartition("/")[2]}_2"')
        url = f"{url}_2"
    made = settings_of(tmp_path / "elsewhere", url)
    yield made
    for each in every_settings(made):
        with in_project(each):
            get_store(each).close()


def person(settings: Settings, name: str, role: Role = "analyst") -> Person:
    return add_person(
        email=f"{name}@shop.example", name=name, role=role, password="a long walk by the river",
        settings=settings,
    )  # fmt: skip


def who(person: Person) -> Identity:
    return Identity(id=person.id, name=person.name, role=person.role, via="account")


def test_a_single_project_is_everybody_s_and_nothing_is_kept_of_it(alone: Settings) -> None:
    ann = person(alone, "ann")
    place = enter(who(ann), alone)
    assert (place.settings.project, place.who.role) == (FIRST, "analyst")
    assert place.settings.data_dir == alone.data_dir
    assert all_projects(alone) == () == open_to(who(ann), alone)
    assert get_settings(alone) is alone


def test_a_second_project_leaves_everybody_in_the_first(alone: Settings) -> None:
    ann, eve = person(alone, "ann"), person(alone, "eve", "admin")
    made = create_project("  Shop in   France ", alone, first_name="Shop in Germany")
    assert [project.name for project in all_projects(alone)] == ["Shop in Germany", "Shop in France"]
    assert {member.person.id for member in members(FIRST, alone)} == {ann.id, eve.id}
    assert members(made.id, alone) == []
    assert [project.id for project in open_to(who(ann), alone)] == [FIRST]
    assert [project.id for project in open_to(who(eve), alone)] == [FIRST, made.id]
    assert enter(who(ann), alone).settings.project == FIRST
    with pytest.raises(ProjectError, match="several projects"):
        enter(who(eve), alone)
    with pytest.raises(ProjectError, match="isn't open"):
        enter(who(ann), alone, asked=made.id)
    # What a browser has chosen before they were removed is no obstacle.
    assert enter(who(ann), alone, usual=made.id).settings.project == FIRST


def test_a_member_has_a_role_of_their_own_until_they_leave(alone: Settings) -> None:
    ann = person(alone, "ann")
    made = create_project("France", alone)
    add_member(made.id, ann.id, alone, "viewer")
    assert enter(who(ann), alone, asked=made.id).who.role == "viewer"
    assert enter(who(ann), alone, asked=FIRST).who.role == "analyst"
    add_member(made.id, ann.id, alone)
    assert enter(who(ann), alone, asked=made.id).who.role == "analyst"
    with pytest.raises(ProjectError, match="no role"):
        add_member(made.id, ann.id, alone, "admin")
    remove_member(made.id, ann.id, alone)
    with pytest.raises(ProjectError, match="isn't open"):
        enter(who(ann), alone, asked=made.id)
    remove_member(FIRST, ann.id, alone)
    with pytest.raises(ProjectError, match="in no project"):
        enter(who(ann), alone)


def test_an_invitation_is_to_the_project_it_was_made_in(alone: Settings) -> None:
    made = create_project("France", alone)
    own = settings_by_id(made.id, alone)
    with in_project(own):
        token = links.invite("sam@shop.example", "analyst", own)
    sam = links.accept(token, name="Sam", password="a long walk by the river", settings=alone)
    assert [member.person.id for member in members(made.id, alone)] == [sam]
    assert members(FIRST, alone) == []


def test_names_are_unique_and_only_administrators_name(alone: Settings) -> None:
    made = create_project("France", alone)
    with pytest.raises(ProjectError, match="already"):
        create_project("france", alone)
    with pytest.raises(ProjectError, match="already"):
        rename_project(made.id, "First shop", alone)
    with pytest.raises(ProjectError, match="needs a name"):
        create_project(" ", alone)
    rename_project(made.id, "Italy", alone)
    assert find_project("ITALY", alone).id == made.id
    with pytest.raises(NotFoundError):
        settings_by_id("0000", alone)
    with acting_as(Identity(role="manager", via="account")), pytest.raises(ForbiddenError):
        create_project("Spain", alone)


def test_a_project_uses_the_sources_that_were_ticked_for_it(alone: Settings) -> None:
    made = create_project("France", alone)
    assert settings_by_id(FIRST, alone).sources == ("/srv/a", "/srv/b")
    assert settings_by_id(made.id, alone).sources == ()
    allow(made.id, {"sources": ["/srv/b", "/etc"]}, alone)
    assert settings_by_id(made.id, alone).sources == ("/srv/b",)


def test_each_has_files_databases_models_and_keys_of_its_own(
    settings: Settings, elsewhere: Settings, tmp_path: Path
) -> None:
    made = create_project("France", settings)
    first, second = every_settings(settings)
    export = tmp_path / "visits.csv"
    for each in (first, second):
        with in_project(each):
            store = get_store(each)
            export.write_text(CSV)
            store.add_dataset(export, filename=f"{each.project}.csv")
            store.set_shop({"shop_name": f"Shop {each.project}"})
            live_keys.make_key(each, kind="write", name=each.project)
            make_key(each.project, scopes=["results.read"], settings=each)
    _has_its_own(settings)
    shutil.rmtree(second.models_dir / SHIPPED.name)
    assert len(list_bundles(first)) == 1
    assert list_bundles(second) == []
    with pytest.raises(ProjectError):
        get_store(settings)

    # A backup holds all of them, and an empty installation gets them back.
    make_backup(settings, tmp_path / "backup")
    restore_backup(elsewhere, tmp_path / "backup")
    assert [project.id for project in all_projects(elsewhere)] == [FIRST, made.id]
    _has_its_own(elsewhere)
    for each in (first, second):
        with in_project(each):
            close(each)


def _has_its_own(settings: Settings) -> None:
    for each in every_settings(settings):
        with in_project(each):
            (dataset,) = get_store(each).datasets()
            assert dataset.filename == f"{each.project}.csv"
            assert dataset.upload_path.read_text() == CSV
            assert get_store(each).shop() == {"shop_name": f"Shop {each.project}"}
            assert [key.name for key in live_keys.keys(each)] == [each.project]
            assert [key.name for key in keys(each)] == [each.project]


def test_an_invitation_from_before_there_were_several_is_to_the_first(alone: Settings) -> None:
    person(alone, "ann")
    by_link = links.invite("sam@shop.example", "analyst", alone)
    links.invite("kim@shop.example", "analyst", alone)
    create_project("France", alone)
    sam = links.accept(by_link, name="Sam", password="a long walk by the river", settings=alone)
    proven = ProvenIdentity(
        issuer="https://id.example", subject="1", email="kim@shop.example", email_verified=True, name="Kim",
        groups=(), hosted="", session="", id_token="",
    )  # fmt: skip
    kim = federated.person_for(proven, alone)
    assert {sam, kim.id} <= {member.person.id for member in members(FIRST, alone)}


def test_a_key_does_no_more_than_its_maker_may_in_its_project(alone: Settings) -> None:
    person(alone, "eve", "admin")
    ann = person(alone, "ann", "admin")
    made = create_project("France", alone)
    own = settings_by_id(made.id, alone)
    with in_project(own), acting_as(who(ann)):
        _, secret = make_key("program", scopes=["results.read", "uploads.write"], settings=own)
    set_role(ann.id, "analyst", alone)
    with pytest.raises(UnknownKeyError, match="isn't in its project"):
        identity_of_key(secret, "", alone)
    add_member(made.id, ann.id, alone, "viewer")
    assert identity_of_key(secret, "", alone).role == "viewer"
    add_member(made.id, ann.id, alone)
    assert identity_of_key(secret, "", alone).role == "analyst"


def test_a_name_is_nobody_else_s_id(alone: Settings) -> None:
    with pytest.raises(ProjectError, match="already"):
        create_project("Main", alone)
    with pytest.raises(ProjectError, match="already"):
        create_project("France", alone, first_name="france")
    assert not (alone.data_dir / "projects").exists(), "nothing is left of what wasn't made"
    made = create_project("France", alone)
    with pytest.raises(ProjectError, match="already"):
        create_project(made.id.upper(), alone)
    rename_project(FIRST, "Main", alone)


def test_a_project_that_is_new_to_a_process_is_looked_up_by_many_at_once(
    alone: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = create_project("France", alone)
    known, stale = records._known, [dict[str, Project]()]
    monkeypatch.setattr(records, "_known", lambda shared: stale.pop() if stale else known(shared))
    records._read.clear()  # as another thread does that is told the same
    assert settings_by_id(made.id, alone).project == made.id


def test_a_project_whose_data_are_hurt_keeps_no_other_waiting(
    alone: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    create_project("France", alone)
    first, second = every_settings(alone)
    with in_project(second):
        _, secret = live_keys.make_key(second, kind="write", name="shop")
    (first.data_dir / "live").mkdir()
    (first.data_dir / "live" / "live.sqlite").write_bytes(b"no database at all" * 100)
    found = live_keys.settings_of_key(alone, secret, "write")
    assert found is not None
    assert found.project == second.project
    with pytest.raises(sqlite3.DatabaseError):  # it may be a key of the one that can't be looked into
        live_keys.settings_of_key(alone, "wk_unknown", "write")

    def look(project: Settings) -> str:
        if project is first:
            raise StorageError("It can't be used.")
        return project.project

    assert in_every_project(alone, look, "the look") == [second.project]
    assert "the look of project main waits: It can't be used." in caplog.text


def test_one_project_s_model_takes_no_other_s_pages_away(alone: Settings) -> None:
    create_project("France", alone)
    first, second = every_settings(alone)
    shutil.rmtree(second.models_dir)
    assert readiness.PARTS["model"](alone).state == "warning"
    shutil.rmtree(first.models_dir)
    assert readiness.PARTS["model"](alone).state == "failing"


def test_who_listens_is_ended_by_a_removal_and_not_by_a_database_that_is_away(
    alone: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = create_project("France", alone)
    there = Place(settings=settings_by_id(made.id, alone), who=Identity())
    away = OperationalError("", {}, Exception("away"))
    looks: list[Place | Exception] = [
        there,
        away,
        StorageError("away"),
        there,
        ProjectError("removed"),
        there,
    ]

    def look(*_: object) -> Place:
        found = looks.pop(0)
        if isinstance(found, Exception):
            raise found
        return found

    async def listen(*_: object) -> None:
        await anyio.sleep_forever()

    monkeypatch.setattr(gate, "_place", look)
    monkeypatch.setattr(streams, "LOOK_EVERY", 0)
    application = FastAPI()
    application.state.settings = alone
    scope = {"type": "http", "path": "/api/live/ticks", "headers": [(b"accept", b"text/event-stream")]}
    with acting_as(Identity()):
        anyio.run(gate.ProjectGate(listen, application), scope, None, None)
    assert looks == [there]


def test_doctor_looks_at_each_project_s_models_whichever_is_at_work(alone: Settings) -> None:
    create_project("France", alone, first_name="Germany")
    with in_project(every_settings(alone)[1]):
        found = list(services.models(alone))
    assert [(one.part, one.state) for one in found] == [
        ("models of Germany", "ok"),
        ("models of France", "ok"),
    ]


def test_doctor_looks_and_changes_nothing(settings: Settings) -> None:
    """Neither the installation's database nor a project's is brought to another schema, or made."""
    create_project("France", settings)
    second = every_settings(settings)[1]

    def revisions() -> list[str | None]:
        found = []
        for each in (settings, second):
            engine = bare_engine(each.metadata_url)
            with engine.connect() as connection:
                found.append(current_revision(connection))
            engine.dispose()
        return found

    for each in (settings, second):
        close_engine(each)
    newest = known_revisions()[-1]
    engine = bare_engine(second.metadata_url)
    with engine.begin() as connection:
        connection.execute(text("update alembic_version set version_num = '0010'"))
    engine.dispose()
    told = {(one.part, one.state): one.message for one in examine(lambda: settings)}
    assert "France is at an earlier schema" in told["database", "warning"]
    assert ("models of France", "ok") in told
    assert revisions() == [newest, "0010"]

    engine = bare_engine(settings.metadata_url)
    with engine.begin() as connection:
        connection.execute(text("update alembic_version set version_num = '0010'"))
    engine.dispose()
    told = {(one.part, one.state): one.message for one in examine(lambda: settings)}
    assert "next start upgrades it" in told["database", "warning"]
    assert "once the next start" in told["models", "warning"]
    assert revisions() == ["0010", "0010"]


def test_doctor_makes_no_database(alone: Settings) -> None:
    make_data_folder(alone.data_dir)
    others = alone.model_copy(update={"host": "0.0.0.0"})  # noqa: S104 - looked at, not listened to
    states = {one.part: one.state for one in examine(lambda: others)}
    assert (states["database"], states["sign-in"]) == ("ok", "wrong")
    assert list(alone.data_dir.glob("*.sqlite")) == []


def test_doctor_finds_what_is_wrong_with_another_project_s_files(alone: Settings) -> None:
    made = create_project("France", alone)
    folder = settings_by_id(made.id, alone).data_dir
    assert [one.state for one in data.secrets(alone)] == ["ok"]
    (folder / "pseudonym.key").touch(0o644)
    assert [one.state for one in data.secrets(alone)] == ["wrong"]
    assert [one.state for one in data.data_folder(alone)] == ["ok"]
    (folder / "live").mkdir()
    (folder / "live" / "live.sqlite").write_bytes(b"no database at all" * 100)
    with pytest.raises(SettingsError, match="damaged"):
        list(data.data_folder(alone))


def test_a_certificate_says_that_other_projects_were_not_looked_through(alone: Settings) -> None:
    (first,) = every_settings(alone)
    with in_project(first):
        alone_told = erasure.delete("sam@shop.example", first).told or {}
    create_project("France", alone, first_name="Germany")
    with in_project(every_settings(alone)[0]):
        told = erasure.delete("sam@shop.example", every_settings(alone)[0]).told or {}
    assert not any("projects" in sentence for sentence in alone_told["left"])
    assert "“Germany”" in told["left"][-1]


@pytest.mark.slow
@pytest.mark.server
def test_a_job_runs_in_its_own_project(alone: Settings, tmp_path: Path) -> None:
    create_project("France", alone)
    jobs = []
    for each in every_settings(alone):
        export = tmp_path / f"{each.project}.csv"
        export.write_text(CSV)
        with in_project(each):
            dataset = get_store(each).add_dataset(export, filename=export.name)
            jobs.append((each, submit(dataset.id, settings=each)))
    with working(alone):
        (alone.data_dir / "projects" / jobs[1][0].project / "worker.log").touch()
        for each, job in jobs:
            with in_project(each):
                assert over(SCORING, get_store(each), job, seconds=300).state == "done"
    for each, _ in jobs:
        with in_project(each):
            (result,) = get_store(each).results()
            assert result.path.is_relative_to(each.data_dir)
            assert [one.dataset_name for one in get_store(each).results()] == [f"{each.project}.csv"]
            close(each)
