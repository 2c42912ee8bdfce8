"""A backup of several projects, made while each is worked in, and what it gives back of one deleted since."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from core.backup import make_backup, restore_backup
from core.base.errors import CoreError
from core.base.project import in_project
from core.base.settings import Settings
from core.jobs.scoring import submit
from core.projects import all_projects, create_project, settings_by_id
from core.projects.records import every_settings
from core.services.project_deletion import delete_project
from core.storage import get_store
from tests.core.backup.test_backup import CSV, add, figures
from tests.core.jobs.working import close, working
from tests.core.projects.test_projects import elsewhere, settings
from tests.serving import wait_until

pytestmark = pytest.mark.slow

__all__ = ["elsewhere", "settings"]


@pytest.mark.server
def test_each_project_is_put_back_as_it_was_under_load(
    settings: Settings, elsewhere: Settings, tmp_path: Path
) -> None:
    made = create_project("France", settings)
    projects = every_settings(settings)
    stop = threading.Event()
    failures: list[Exception] = []

    def upload_and_delete(own: Settings) -> None:
        try:
            with in_project(own):
                store = get_store(own)
                while not stop.is_set():
                    kept, gone = (add(store, tmp_path, f"{own.project}-{name}.csv") for name in ("a", "b"))
                    for each in (kept, gone):
                        submit(each.id, settings=own)
                    stop.wait(0.3)
                    store.delete_dataset(gone.id)
        except (CoreError, OSError) as error:
            failures.append(error)

    def done(own: Settings) -> int:
        with in_project(own):
            return sum(result.state == "done" for result in get_store(own).results(limit=1000))

    with working(settings):
        busy = [threading.Thread(target=upload_and_delete, args=(own,)) for own in projects]
        for thread in busy:
            thread.start()
        try:
            wait_until(lambda: failures or all(done(own) >= 2 for own in projects), what="results of both")
            make_backup(settings, tmp_path / "backup")
        finally:
            stop.set()
            for thread in busy:
                thread.join()
        assert failures == []
        originals = {own.project: _finished(own) for own in projects}
    delete_project(made.id, "France", settings)
    assert len(all_projects(settings)) == 1

    restore_backup(elsewhere, tmp_path / "backup")
    assert [project.name for project in all_projects(elsewhere)] == ["First shop", "France"]
    for own in every_settings(elsewhere):
        with in_project(own):
            names = {dataset.filename for dataset in get_store(own).datasets()}
            assert names
            assert all(name.startswith(f"{own.project}-") for name in names)
            assert {dataset.upload_path.read_text() for dataset in get_store(own).datasets()} == {CSV}
        restored = _finished(own)
        assert len(restored) >= 2
        assert restored.items() <= originals[own.project].items()
    with working(elsewhere):
        for own in every_settings(elsewhere):
            with in_project(own):
                store = get_store(own)
                wait_until(
                    lambda store=store: all(one.is_over for one in store.results(limit=1000)),  # type: ignore[misc]
                    what="the rest",
                )
                assert [one.error for one in store.results(limit=1000) if one.state != "done"] == []
    with in_project(settings_by_id(made.id, elsewhere)):
        close(settings_by_id(made.id, elsewhere))


def _finished(own: Settings) -> dict[str, str]:
    """Return the figures of a project's finished results, by their ids."""
    with in_project(own):
        results = [one for one in get_store(own).results(limit=1000) if one.state == "done"]
        return {one.id: repr(figures(one)) for one in results}
