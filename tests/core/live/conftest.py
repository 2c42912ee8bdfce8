"""A shop that sends: a server, keys, and the worker, run by hand; on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from core.api import create_application, protect
from core.base.settings import Settings
from core.live import database
from core.live.keys import make_key
from core.live.processing import Processor
from core.live.records.reader import RecordReader


@dataclass
class Shop:
    """A data folder, the server on it, a key of each kind, and the worker."""

    settings: Settings
    client: TestClient
    source: str
    write_key: str
    secret_key: str
    worker: Processor

    def send(self, path: str, body: Any, **headers: str) -> Any:
        """Send JSON with the key as Basic authorisation's user."""
        return self.client.post(path, json=body, auth=(self.write_key, ""), headers=headers)

    def events(self, *events: dict[str, Any], **more: Any) -> Any:
        """Send canonical events."""
        return self.client.post(
            "/api/live/events",
            json={"events": list(events), **more},
            headers={"authorization": f"Bearer {self.write_key}"},
        )

    def session(self, session_id: str) -> dict[str, Any]:
        """Ask for a session's score."""
        return self._ask("sessions", session_id)

    def visitor(self, visitor_id: str) -> dict[str, Any]:
        """Ask for the score of a visitor's session."""
        return self._ask("visitors", visitor_id)

    def _ask(self, what: str, which: str) -> dict[str, Any]:
        headers = {"authorization": f"Bearer {self.secret_key}"}
        answer = self.client.get(f"/api/live/{what}/{which}", headers=headers)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Ask the database itself."""
        return self.worker._connection.execute(query).fetchall()

    def inbox(self) -> list[str]:
        """Return the records that wait."""
        rows = self.worker._inbox.execute("SELECT line FROM inbox ORDER BY n").fetchall()
        return [line for (line,) in rows]


class _SharedReader(RecordReader):
    """What plans its queries once for all shops of a process, as it does for all batches of one."""

    def close(self) -> None:
        """Stay open for the next shop."""


READER = _SharedReader()


def shop_at(folder: Path, **settings: Any) -> Iterator[Shop]:
    """Yield a shop in a folder."""
    made = Settings(data_dir=folder / "data", **settings)
    application = create_application(made)
    protect(application)
    key, write = make_key(made, kind="write", name="Shop", rate=100_000)
    _, secret = make_key(made, kind="secret", name="Scores")
    client = TestClient(application, base_url="http://localhost", raise_server_exceptions=False)
    worker = Processor(made)
    worker._reader = READER
    yield Shop(made, client, key.id, write, secret, worker)
    worker.close()


@pytest.fixture(params=["sqlite", "postgres"])
def live_database(request: pytest.FixtureRequest) -> Iterator[str | None]:
    """Return where the live state is kept: None for SQLite, or the URL of a database of its own."""
    if request.param == "sqlite":
        yield None
        return
    yield request.getfixturevalue("postgres_url")
    while database._shared:
        database._shared.popitem()[1].close()


@pytest.fixture
def shop(tmp_path: Path, live_database: str | None) -> Iterator[Shop]:
    """Return a shop of a test's own, on each of the two databases."""
    yield from shop_at(tmp_path, min_free_bytes=0, live_database=live_database)


@pytest.fixture
def sqlite_shop(tmp_path: Path) -> Iterator[Shop]:
    """Return a shop of a test's own on SQLite."""
    yield from shop_at(tmp_path, min_free_bytes=0)
