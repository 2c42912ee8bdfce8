"""PgBouncer before PostgreSQL: one connection for each client works, one for each transaction is refused."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from core.base.errors import StorageError
from core.base.project import in_project, settings_of, without_schema
from core.base.settings import Settings
from core.database import get_engine, open_database
from core.live import keys
from core.projects import create_project, settings_by_id
from core.projects.records import every_settings
from core.storage import get_store
from tests.conftest import SHIPPED
from tests.core.jobs.working import close
from tests.postgres import USER
from tests.serving import free_port, wait_until

Pooled = Callable[[str], str]


@pytest.fixture
def pooled(postgres_url: str) -> Iterator[Pooled]:
    """Put a pooler in a mode before the database, and return the address by way of it."""
    program = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")
    if program is None:
        pytest.skip("PgBouncer is not installed: apt install pgbouncer")
    server, _, name = postgres_url.rpartition("/")
    folder, port = Path(tempfile.mkdtemp(prefix="pgbouncer-")), free_port()
    running: list[subprocess.Popen[bytes]] = []

    def start(mode: str) -> str:
        told = {
            "listen_addr": "127.0.0.1", "listen_port": port, "auth_type": "any", "pool_mode": mode,
            "unix_socket_dir": "", "logfile": folder / "log",
        }  # fmt: skip
        lines = [f"{key} = {value}" for key, value in told.items()]
        target = f"* = host=127.0.0.1 port={server.rpartition(':')[2]} user={USER}"
        (folder / "settings.ini").write_text("\n".join(["[databases]", target, "[pgbouncer]", *lines, ""]))
        command = [program, str(folder / "settings.ini")]
        if os.getuid() == 0:
            shutil.chown(folder, USER, USER)
            command = ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups", *command]
        running.append(subprocess.Popen(command, stderr=subprocess.DEVNULL))
        url = f"postgresql://{USER}@127.0.0.1:{port}/{name}"
        wait_until(lambda: _answers(url), what="the pooler")
        return url

    yield start
    for process in running:
        process.terminate()
        process.wait()
    shutil.rmtree(folder)


def _answers(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=1).close()
    except psycopg.OperationalError:
        return False
    return True


def test_a_pooler_that_shares_connections_is_refused(pooled: Pooled, tmp_path: Path) -> None:
    url = pooled("transaction")
    with pytest.raises(StorageError, match="transaction mode"):
        open_database(url.replace("postgresql://", "postgresql+psycopg://"))
    with pytest.raises(StorageError, match="transaction mode"):
        keys.keys(settings_of("main", Settings(data_dir=tmp_path, live_database=url)))


def test_projects_stay_apart_through_a_pooler(pooled: Pooled, tmp_path: Path) -> None:
    url = pooled("session")
    shutil.copytree(SHIPPED, tmp_path / "models" / SHIPPED.name)
    settings = Settings(
        data_dir=tmp_path / "data", models_dir=tmp_path / "models", DATABASE_URL=url, live_database=url
    )
    made = create_project("France", settings)
    for each in every_settings(settings):
        with in_project(each):
            get_store(each).set_shop({"shop_name": each.project})
            keys.make_key(each, kind="write", name=each.project)
    for each in every_settings(settings):
        with in_project(each):
            assert get_store(each).shop() == {"shop_name": each.project}
            assert [key.name for key in keys.keys(each)] == [each.project]
    second = settings_by_id(made.id, settings)
    with in_project(second), get_engine(second).connect() as connection:
        assert connection.exec_driver_sql("select current_schema()").scalar() == f"project_{made.id}"
    for each in every_settings(settings):
        with in_project(each):
            close(each)


def test_what_else_an_address_says_stays() -> None:
    shared = Settings(DATABASE_URL="postgresql://db/shop?sslmode=require&options=-cstatement_timeout%3D5s")
    url = settings_of("a1b2", shared).database_url or ""
    assert without_schema(url) == (shared.database_url, "project_a1b2")
    own = "postgresql://db/shop?options=-csearch_path%3Dshop"
    assert without_schema(own) == (own, "")
    assert without_schema("sqlite:///x") == ("sqlite:///x", "")
