"""A private PostgreSQL for tests: its own cluster in a folder of its own, on a free port."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from core.base.settings import Settings
from core.database import opening
from tests.serving import free_port

BINARIES = Path("/usr/lib/postgresql")
USER = "postgres"
#: The database that has the tables of the metadata already.
MIGRATED = "migrated"
#: Speed over durability: nobody keeps these databases.
OPTIONS = "-F -c listen_addresses=127.0.0.1 -c full_page_writes=off -c synchronous_commit=off"


def _binaries() -> Path | None:
    found = sorted(BINARIES.glob("*/bin/initdb"), key=lambda path: int(path.parents[1].name))
    return found[-1].parent if found else None


def _run(*command: str) -> None:
    # The server refuses to run as root, so root lends it the account Debian made for it.
    prefix = ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups"] if os.getuid() == 0 else []
    done = subprocess.run([*prefix, *command], capture_output=True, text=True, cwd="/", check=False)
    assert done.returncode == 0, f"{command[0]}: {done.stdout}{done.stderr}"


class Cluster:
    """A server with a folder of its own, which can be killed and started again."""

    def __init__(self, binaries: Path) -> None:
        self._binaries = binaries
        # Not below pytest's own folder, which only its owner may enter.
        self.folder = Path(tempfile.mkdtemp(prefix="postgres-"))
        if os.getuid() == 0:
            shutil.chown(self.folder, USER, USER)
        self._data, self._port = self.folder / "data", free_port()
        initdb = str(binaries / "initdb")
        _run(initdb, "-D", str(self._data), "-U", USER, "-A", "trust", "-E", "UTF8", "--no-sync")

    @property
    def url(self) -> str:
        """URL of the server, without a database."""
        return f"postgresql://{USER}@127.0.0.1:{self._port}"

    def start(self, more: str = "") -> None:
        """Start it, or start it again."""
        options = f"{OPTIONS} -p {self._port} -k {self.folder} {more}"
        self._control("-l", str(self.folder / "log"), "-o", options, "start")

    def stop(self) -> None:
        """Stop it at once, as if it had crashed."""
        self._control("-m", "immediate", "stop")

    def kill(self) -> None:
        """Kill it and all its processes with -9, if it runs."""
        if not (self._data / "postmaster.pid").exists():
            return
        first = psutil.Process(int((self._data / "postmaster.pid").read_text().split()[0]))
        processes = [first, *first.children(recursive=True)]
        for process in processes:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(processes)

    def remove(self) -> None:
        """Remove what it kept."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _control(self, *words: str) -> None:
        _run(str(self._binaries / "pg_ctl"), "-D", str(self._data), "-w", "-s", *words)


def new_cluster() -> Cluster:
    """Make a cluster, which isn't started yet; skip where PostgreSQL isn't installed."""
    binaries = _binaries()
    if binaries is None:
        pytest.skip("PostgreSQL is not installed: apt install postgresql")
    return Cluster(binaries)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """Start a cluster and give the URL of its server (without a database)."""
    cluster = new_cluster()
    cluster.start()
    try:
        yield cluster.url
    finally:
        cluster.stop()
        cluster.remove()


@pytest.fixture
def postgres_url(postgres_server: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """Make a fresh database for one test and give its URL."""
    yield from _database(postgres_server, request.node.nodeid, "template1")


@pytest.fixture(scope="session")
def postgres_template(postgres_server: str) -> str:
    """Make the tables of the metadata once, in a database that others are copied from; give its name."""
    with psycopg.connect(f"{postgres_server}/postgres", autocommit=True) as connection:
        connection.execute(f'create database "{MIGRATED}"')
    opening.open_database(Settings(DATABASE_URL=f"{postgres_server}/{MIGRATED}").metadata_url).dispose()
    return MIGRATED


@pytest.fixture
def migrated_postgres_url(
    postgres_server: str, postgres_template: str, request: pytest.FixtureRequest
) -> Iterator[str]:
    """Make a database for one test, which has the tables of the metadata and nothing in them."""
    yield from _database(postgres_server, request.node.nodeid, postgres_template)


def _database(server: str, test: str, template: str) -> Iterator[str]:
    name = f"test_{abs(hash(test)):x}"
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(f'create database "{name}" template "{template}"')
        yield f"{server}/{name}"
        connection.execute(f'drop database "{name}" with (force)')


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest) -> str | None:
    """Return the URL of an empty database at today's schema; None for SQLite."""
    return request.getfixturevalue("migrated_postgres_url") if request.param == "postgres" else None
