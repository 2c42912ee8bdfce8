"""Deleting a project: what ends, what goes, what stays; on SQLite and PostgreSQL."""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner

from core.accounts import links
from core.audit import Wanted, entries
from core.backup.making import own_tables
from core.base.errors import NotFoundError, ProjectError
from core.base.identity import ForbiddenError, acting_as
from core.base.project import FIRST, in_project
from core.base.settings import PROJECTS, Settings
from core.bundle.repository import list_bundles
from core.cli.main import commands
from core.cli.server import demo
from core.database import get_engine
from core.jobs.queues import client
from core.jobs.scoring import SCORING, submit
from core.keys import make_key
from core.keys.checking import UnknownKeyError, identity_of_key
from core.live import keys as live_keys
from core.live.processing import runner as live_runner
from core.projects import (
    Project,
    add_member,
    all_projects,
    create_project,
    enter,
    open_to,
    records,
    settings_by_id,
)
from core.projects.removal import DELETED, OWN_TABLES, remove_leftovers
from core.results import query
from core.services.project_deletion import delete_project
from core.storage import get_store
from tests.conftest import SHIPPED
from tests.core.jobs.working import close, working
from tests.core.projects.test_projects import CSV, alone, person, settings, who
from tests.serving import wait_until

__all__ = ["alone", "settings"]

#: Tables of the installation, in the first project's database.
SHARED_TABLES = {
    *("people", "person_sessions", "person_links", "person_identities", "removed_people"),
    *("provider_logouts", "projects", "project_members", "api_keys", "audit", "meta"),
}


def furnished(settings: Settings, tmp_path: Path) -> tuple[Project, Project]:
    """Return two projects, each with an export that waits to be scored, a member and keys."""
    create_project("France", settings)
    for each in all_projects(settings):
        own = settings_by_id(each.id, settings)
        with in_project(own):
            export = tmp_path / f"{each.id}.csv"
            export.write_text(CSV)
            dataset = get_store(own).add_dataset(export, filename=export.name)
            submit(dataset.id, settings=own)
            live_keys.make_key(own, kind="write", name=each.name)
    first, second = all_projects(settings)
    return first, second


def left_of(project: Project, settings: Settings) -> list[str]:
    """Return what is on the disk and in the databases of a project, by name."""
    own = settings.data_dir if project.id == FIRST else settings.data_dir / PROJECTS / project.id
    found = [name for name in ("datasets", "results", "live") if (own / name).exists()]
    if settings.database_url:
        with psycopg.connect(settings.database_url) as connection:
            query = "select nspname from pg_namespace where nspname = any(%s)"
            wanted = [[f"project_{project.id}", f"project_{project.id}_live"]]
            if project.id == FIRST:
                wanted = [["predictor_live"]]
            found += [name for (name,) in connection.execute(query, wanted)]
    return found


@pytest.mark.parametrize("which", [0, 1])
def test_all_of_one_goes_and_nothing_of_the_other(settings: Settings, tmp_path: Path, which: int) -> None:
    projects = furnished(settings, tmp_path)
    gone, stays = projects[which], projects[1 - which]
    ann = person(settings, "ann")
    add_member(gone.id, ann.id, settings, "manager")
    own = settings_by_id(gone.id, settings)
    with in_project(own):
        _, secret = make_key("Loader", scopes=["results.read"], settings=own)
        token = links.invite("new@shop.example", "viewer", own)
        (waiting,) = get_store(own).results()
        close(own)

    assert delete_project(gone.id, gone.name, settings) == gone
    assert [one.id for one in all_projects(settings)] == [stays.id]
    assert left_of(gone, settings) == []
    if not settings.database_url:
        kept = b"".join(path.read_bytes() for path in settings.data_dir.glob("predictor.sqlite*"))
        assert f"{gone.id}.csv".encode() not in kept
    assert settings_by_id(stays.id, settings).project == stays.id
    with pytest.raises(NotFoundError):
        settings_by_id(gone.id, settings)
    with pytest.raises(ProjectError):
        enter(who(ann), settings, asked=gone.id)
    assert gone.id not in {one.id for one in open_to(who(ann), settings)}
    with pytest.raises(UnknownKeyError):
        identity_of_key(secret, settings=settings, address="")
    assert token not in [link.id for link in links.invitations(settings)]
    assert links.invitations(settings) == []
    status = client(settings).list_workflows(workflow_ids=[waiting.id])
    assert [one.status for one in status] == ["CANCELLED"]
    assert entries(Wanted(), settings=settings)[0].detail["what"] == "deleted"

    other = settings_by_id(stays.id, settings)
    with in_project(other):
        (dataset,) = get_store(other).datasets()
        assert dataset.upload_path.read_text() == CSV
        assert len(get_store(other).results()) == 1
        assert [key.name for key in live_keys.keys(other)] == [stays.name]
        assert [one.name for one in list_bundles(other)] == [SHIPPED.name]
        close(other)
    # What it was in is no project's any more, and another may be made.
    again = create_project(gone.name, settings)
    fresh = settings_by_id(again.id, settings)
    with in_project(fresh):
        assert get_store(fresh).datasets() == ()
        assert [one.name for one in list_bundles(fresh)] == [SHIPPED.name]
        close(fresh)


def test_the_demo_shop_is_put_into_nobody_s_project(alone: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    create_project("France", alone)
    delete_project(FIRST, "First shop", alone)
    monkeypatch.setattr("core.base.settings.installation_settings", lambda: alone)
    told = CliRunner().invoke(demo, ["--once"], catch_exceptions=False)
    assert told.exit_code == 0
    with pytest.raises(NotFoundError):
        CliRunner().invoke(demo, [], catch_exceptions=False)
    (only,) = records.every_settings(alone)
    with in_project(only):
        assert get_store(only).datasets() == ()
        close(only)


def test_commands_work_in_the_project_that_is_left(alone: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    made = create_project("France", alone)
    monkeypatch.setattr(sys.modules["core.cli.main"], "installation_settings", lambda: alone)
    monkeypatch.setattr("core.base.settings.installation_settings", lambda: alone)
    with pytest.raises(ProjectError, match="none was chosen"):
        CliRunner().invoke(commands, ["live-key", "Web shop"], catch_exceptions=False)
    delete_project(FIRST, "First shop", alone)
    told = CliRunner().invoke(commands, ["live-key", "Web shop"], catch_exceptions=False)
    assert told.exit_code == 0
    own = settings_by_id(made.id, alone)
    with in_project(own):
        assert [key.name for key in live_keys.keys(own)] == ["Web shop"]
        close(own)


def test_every_table_is_a_project_s_or_the_installation_s() -> None:
    """A new one has to say which: what is forgotten here outlives the first project."""
    assert set(own_tables()) - {"alembic_version"} == {*OWN_TABLES} | SHARED_TABLES


def test_who_may_and_by_which_name(alone: Settings) -> None:
    with pytest.raises(NotFoundError):
        delete_project(FIRST, "First shop", alone)
    made = create_project("France", alone)
    for typed in ("", "france", "First shop", made.id):
        with pytest.raises(ProjectError, match="typed"):
            delete_project(made.id, typed, alone)
    with acting_as(who(person(alone, "max", "manager"))), pytest.raises(ForbiddenError):
        delete_project(made.id, "France", alone)
    delete_project(made.id, " France ", alone)
    with pytest.raises(ProjectError, match="only project"):
        delete_project(FIRST, "First shop", alone)
    assert [one.id for one in all_projects(alone)] == [FIRST]


def test_whoever_looks_after_all_of_them_goes_by_one_look(
    alone: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that is deleted between two looks ends neither the job worker nor a page of metrics."""
    made = create_project("France", alone)
    looks = [{one.id: one for one in all_projects(alone)}, {FIRST: all_projects(alone)[0]}]
    monkeypatch.setattr(records, "_known", lambda _: looks.pop(0) if len(looks) > 1 else looks[0])
    assert [one.project for one in records.every_settings(alone)] == [FIRST, made.id]


@pytest.mark.parametrize("which", [0, 1])
def test_large_questions_of_the_others_still_find_a_place_on_disk(alone: Settings, which: int) -> None:
    """Projects share an engine, which spills into the folder of whoever asked first."""
    create_project("France", alone)
    names = {one.id: one.name for one in all_projects(alone)}
    gone, stays = (settings_by_id(one, alone) for one in sorted(names, reverse=bool(which)))
    query._database.cache_clear()
    for own in (gone, stays):
        with in_project(own), query.connect(alone=True) as connection:
            connection.execute("SELECT 1")
    delete_project(gone.project, names[gone.project], alone)
    with in_project(stays), query.connect(alone=True) as connection:
        (place,) = connection.execute("SELECT current_setting('temp_directory')").fetchall()[0]
    assert Path(place).parent.is_dir()
    query._database.cache_clear()


def test_what_a_late_process_makes_anew_is_removed(alone: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    made = create_project("France", alone)
    own = settings_by_id(made.id, alone)
    delete_project(made.id, "France", alone)
    own.data_dir.mkdir()
    (own.data_dir / "late.csv").write_text(CSV)
    remove_leftovers(alone)
    assert not own.data_dir.exists()
    mark = alone.data_dir / PROJECTS / f"{DELETED}{made.id}"
    assert mark.exists()
    os.utime(mark, (0, 0))
    remove_leftovers(alone)
    assert not mark.exists()


def test_a_project_that_was_put_back_stays(alone: Settings) -> None:
    """A mark of a project that is there means nothing: a backup may hold both."""
    made = create_project("France", alone)
    (alone.data_dir / PROJECTS / f"{DELETED}{made.id}").mkdir()
    remove_leftovers(alone)
    assert settings_by_id(made.id, alone).data_dir.exists()


def test_another_process_gives_back_what_it_has_open(alone: Settings, tmp_path: Path) -> None:
    _, second = furnished(alone, tmp_path)
    own = settings_by_id(second.id, alone)
    with in_project(own):
        get_engine(own)
    gone: list[str] = []
    records.when_gone.append(lambda project: gone.append(project.project))
    try:
        known = dict(records._read)
        delete_project(second.id, second.name, alone)
        records._read.update(known)  # what another process still has in mind
        records.look_again(alone)
        records.every_settings(alone)
    finally:
        records.when_gone.pop()
    assert gone == [second.id]


@pytest.mark.slow
@pytest.mark.server
def test_a_running_job_ends_and_leaves_nothing(alone: Settings, tmp_path: Path) -> None:
    _, second = furnished(alone, tmp_path)
    own = settings_by_id(second.id, alone)
    export = tmp_path / "long.csv"
    lines = (f"s{n},{n % 9},{n % 50}.5\n" for n in range(2_000_000))
    export.write_text(CSV.splitlines()[0] + "\n" + "".join(lines))
    with in_project(own):
        job = submit(get_store(own).add_dataset(export, filename="long.csv").id, settings=own)
        with working(alone):
            wait_until(lambda: SCORING.find(get_store(own), job.id).state == "running", what="it to run")
            delete_project(second.id, second.name, alone)
            wait_until(lambda: not own.data_dir.exists(), what="an empty place")
            queue = client(alone)
            wait_until(
                lambda: queue.list_workflows(workflow_ids=[job.id])[0].status != "PENDING", what="its end"
            )


def test_live_sessions_are_followed_no_more(alone: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    made = create_project("France", alone)
    followed: dict[str, threading.Event] = {}

    def follow(settings: Settings, over: threading.Event, *_: object) -> None:
        followed[settings.project] = over
        over.wait()

    monkeypatch.setattr(live_runner, "_follow", follow)
    monkeypatch.setattr(live_runner, "NEW_PROJECTS", 0.05)
    handlers: list[object] = []
    monkeypatch.setattr(live_runner.signal, "signal", lambda _, handler: handlers.append(handler))
    runs = threading.Thread(target=live_runner.run, args=(alone,))
    runs.start()
    try:
        wait_until(lambda: len(followed) == 2, what="both to be followed")
        delete_project(made.id, "France", alone)
        assert followed[made.id].wait(30)
        assert not followed[FIRST].is_set()
    finally:
        handlers[0]()  # type: ignore[operator]
        runs.join()
    assert followed[FIRST].is_set()
