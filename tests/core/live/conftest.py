"""A shop that sends: a server in this process, keys, and the worker, run by hand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from core.api import create_application, protect
from core.base.settings import Settings
from core.live.keys import make_key
from core.live.processing import Processor


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
        """Ask the file itself."""
        return list(self.worker._connection.execute(query))

    def inbox(self) -> list[str]:
        """Return the records that wait."""
        return [line for (line,) in self.worker._inbox.execute("SELECT line FROM inbox ORDER BY n")]


def shop_at(folder: Path, **settings: Any) -> Iterator[Shop]:
    """Yield a shop in a folder."""
    made = Settings(data_dir=folder / "data", **settings)
    application = create_application(made)
    protect(application)
    key, write = make_key(made, kind="write", name="Shop", rate=100_000)
    _, secret = make_key(made, kind="secret", name="Scores")
    client = TestClient(application, base_url="http://localhost", raise_server_exceptions=False)
    worker = Processor(made)
    yield Shop(made, client, key.id, write, secret, worker)
    worker.close()


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    """Return a shop of a test's own."""
    yield from shop_at(tmp_path, min_free_bytes=0)
