"""A private PostgreSQL for tests: its own cluster in a folder of its own, on a free port."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.serving import free_port

BINARIES = Path("/usr/lib/postgresql")
USER = "postgres"
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


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """Start a cluster and give the URL of its server (without a database)."""
    binaries = _binaries()
    if binaries is None:
        pytest.skip("PostgreSQL is not installed: apt install postgresql")
    # Not below pytest's own folder, which only its owner may enter.
    folder = Path(tempfile.mkdtemp(prefix="postgres-"))
    if os.getuid() == 0:
        shutil.chown(folder, USER, USER)
    data, port = folder / "data", free_port()
    _run(str(binaries / "initdb"), "-D", str(data), "-U", USER, "-A", "trust", "-E", "UTF8", "--no-sync")
    control = [str(binaries / "pg_ctl"), "-D", str(data), "-w", "-s"]
    _run(*control, "-l", str(folder / "log"), "-o", f"{OPTIONS} -p {port} -k {folder}", "start")
    try:
        yield f"postgresql://{USER}@127.0.0.1:{port}"
    finally:
        _run(*control, "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def postgres_url(postgres_server: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """Make a fresh database for one test and give its URL."""
    name = f"test_{abs(hash(request.node.nodeid)):x}"
    with psycopg.connect(f"{postgres_server}/postgres", autocommit=True) as connection:
        connection.execute(f'create database "{name}"')
        yield f"{postgres_server}/{name}"
        connection.execute(f'drop database "{name}" with (force)')
