"""What each of many people does: opens results, filters them, turns pages of the table, downloads.

Run by ``benchmarks/many_people.py`` through locust, in an environment of its own: nothing of the product
is imported here, it is only asked over HTTP, as the browser does.

Environment: ``RESULTS`` (ids, comma-separated), ``TIMES`` (the file every answer's time is written to).
"""

from __future__ import annotations

import json
import os
import random
import sys
from pathlib import Path
from typing import Any

from locust import HttpUser, between, events, task

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.pages.dashing import Page

RESULTS = os.environ["RESULTS"].split(",")
FILTERS = (
    "",
    "cluster=1",
    "min_p=0.2",
    "buyer=yes",
    "cluster=0&min_p=0.1",
    "device=mobile",
    "threshold=0.05",
)
COLUMNS = ("purchase_probability", "expected_revenue", "n_events", "session_id", "duration_seconds")
BLOCK = 100
#: What callbacks are called in the table, by what they fill.
NAMES = {
    "_pages_content": "page opened",
    "results-body": "figures filtered",
    "results-grid.getRowsResponse": "page of the table",
    "results-downloads": "downloads renewed",
    "results-list": "list renewed",
}
_times = Path(os.environ["TIMES"]).open("w", encoding="utf-8")  # noqa: SIM115 - open until the end


@events.request.add_listener
def write(name: str, response_time: float, exception: BaseException | None = None, **_: Any) -> None:
    """Write down what was asked, how long it took in milliseconds, and what went wrong."""
    _times.write(json.dumps([name, response_time, repr(exception) if exception else None]) + "\n")


@events.user_error.add_listener
def write_error(exception: BaseException, **_: Any) -> None:
    """Write down an answer that could not be used."""
    _times.write(json.dumps(["unusable answer", 0.0, repr(exception)]) + "\n")


@events.quit.add_listener
def close(**_: Any) -> None:
    """Write what is left."""
    _times.close()


class Browser:
    """Asks as the pages do; what a browser keeps is asked for once."""

    def __init__(self, user: HttpUser) -> None:
        self._user = user
        self._dependencies: Any = None

    def request(self, method: str, path: str, **arguments: Any) -> Any:
        """Send one request, counted under what it is for."""
        if path == "/_dash-dependencies":
            if self._dependencies is None:
                self._dependencies = self._send(method, path, "callbacks listed")
            return self._dependencies
        output = str(arguments.get("json", {}).get("output", ""))
        name = next((words for part, words in NAMES.items() if part in output), "callback")
        return self._send(method, path, name, **arguments)

    def _send(self, method: str, path: str, name: str, **arguments: Any) -> Any:
        return self._user.client.request(method, path, name=name, **arguments)


class Analyst(HttpUser):
    """Clicks through results, with a moment to look after each click."""

    wait_time = between(2, 6)

    def on_start(self) -> None:
        """Open the dashboard and a first result."""
        self._browser = Browser(self)
        self.client.get("/results", name="document")
        self.open()

    @task(3)
    def open(self) -> None:
        """Open a result at some filters, as a link does: the page, its table, its downloads."""
        self._id = random.choice(RESULTS)  # noqa: S311 - clicks, no secrets
        self._query = random.choice(FILTERS)  # noqa: S311
        self._page = Page(self._browser, f"/results/{self._id}?{self._query}")
        self._rows(0, None)

    @task(6)
    def filter(self) -> None:
        """Choose other filters: figures, charts, the table and the downloads follow."""
        self._query = random.choice(FILTERS)  # noqa: S311
        told = {"results-query.data": self._query, "results-result.data": self._id, "results-sort.data": ""}
        self._page.call("results-body.children", "results-query.data", told)
        self._rows(0, None)
        self._page.call("results-downloads.children", "results-query.data", told)

    @task(6)
    def turn(self) -> None:
        """Scroll somewhere in the table, sorted by some column."""
        self._rows(BLOCK * random.randrange(200), random.choice(COLUMNS))  # noqa: S311

    @task(1)
    def download(self) -> None:
        """Download what is filtered."""
        address = f"/api/results/{self._id}/download.csv?{self._query}"
        with self.client.get(address, name="download", stream=True, catch_response=True) as answer:
            for _ in answer.iter_content(1 << 20):
                pass

    @task(1)
    def look_at_all(self) -> None:
        """Look at the list of results."""
        Page(self._browser, "/results")

    def _rows(self, start: int, column: str | None) -> None:
        order = [{"colId": column, "sort": random.choice(("asc", "desc"))}] if column else []  # noqa: S311
        asked = {"startRow": start, "endRow": start + BLOCK, "filterModel": {}, "sortModel": order}
        told = {
            "results-grid.getRowsRequest": asked,
            "results-query.data": self._query,
            "results-sort.data": "",
            "results-result.data": self._id,
        }
        answer = self._page.call("results-grid.getRowsResponse", "results-grid.getRowsRequest", told)
        if "rowCount" not in answer["results-grid"]["getRowsResponse"]:
            raise ValueError(f"no rows in {answer}")
