"""A results page of millions of sessions: how long people wait, and what it takes in memory.

A real server is asked over HTTP, as the browser does: first open after a start, filters, pages of the
table, downloads. Beside each stands what the same answers take in plain SQL on the same file, all cores
at work and nothing kept.

    python benchmarks/results.py [--sessions 5000000] [--folder FOLDER]

With a folder, the result made there is used again.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import httpx  # noqa: E402
import psutil  # noqa: E402

from benchmarks.history import record  # noqa: E402
from benchmarks.measure import machine  # noqa: E402

PORT = 8097
HOST = f"http://127.0.0.1:{PORT}"
#: Sessions that are simulated and scored; a larger result is made of noisy copies.
SCORED = 100_000
START = date(2026, 9, 1)
#: Kinds of filters, as the address has them.
FILTERS = {
    "few left (cluster)": "cluster=1",
    "most left (not bought)": "purchased=no",
    "probability": "min_p=0.02&max_p=0.3",
    "days and device": "from=2026-09-08&to=2026-09-21&device=mobile",
    "three at once": "cluster=0,2&country=DE,FR&buyer=no",
    "stage": "reached=cart",
    "search in ids": "q=123",
    "the table's own": "col.n_events=gt:3",
    "another threshold": "threshold=0.2",
}
FILTERED = "purchased=no"


def main() -> None:
    """Make the result, ask for everything, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--sessions", type=int, default=5_000_000)
    parser.add_argument("--folder", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = options.folder or Path(name)
        folder.mkdir(parents=True, exist_ok=True)
        # Before anything reads its settings: nothing of this belongs into the real data folder.
        os.environ |= {"PREDICTOR_DATA_DIR": str(Path(name) / "data"), "PREDICTOR_PORT": str(PORT)}
        os.environ |= {"PREDICTOR_WEB_WORKERS": "1", "PREDICTOR_MODELS_DIR": str(ROOT / "models")}
        file = folder / f"{options.sessions}.parquet"
        if not file.exists():
            make(file, options.sessions)
        result_id, path = store(file)
        size = file.stat().st_size / 1e6
        print(f"\n{machine()}: {options.sessions:,} sessions, {size:,.0f} MB Parquet")
        run(result_id, path)


def run(result_id: str, path: Path) -> None:
    """Measure one stored result."""
    from core.scoring.prewarm_results import warm

    with server() as client:
        unprepared = timed(lambda: client.open(f"/results/{result_id}"))
    shutil.rmtree(path.parent / f".{path.stem}.kept", ignore_errors=True)
    seconds = timed(lambda: warm(path))
    print(f"  prepared when the job finishes in {seconds:.1f} s, {disk(path):,.0f} MB beside the result\n")
    print(f"  {'':<44} {'product':>9} {'plain SQL':>10} {'ratio':>7}")
    with server() as client:
        opened = timed(lambda: client.open(f"/results/{result_id}"))
        row("first open after a start", opened, timed(lambda: plain_figures(path, "")))
        row("  not prepared", unprepared)
        row("  opened again", timed(lambda: client.open(f"/results/{result_id}")))
        row("clusters page, first", timed(lambda: client.open(f"/clusters?source={result_id}")))
        row("home page, first", timed(lambda: client.open("/")))
        print()
        ask_filters(client, result_id, path)
        print()
        ask_pages(client, result_id, path)
        print()
        before = client.memory()
        for fmt, query in (("csv", ""), ("parquet", ""), ("csv", "?cluster=1&sort=-expected_revenue")):
            download(client, result_id, fmt, query)
        print(f"\n  web worker: {before:,.0f} MB after all of it, {client.peak:,.0f} MB at its peak")


def ask_filters(client: Client, result_id: str, path: Path) -> None:
    """Filter the page in several ways, each for the first time and again."""
    found, plains = [], []
    client.page(result_id)
    for name, query in FILTERS.items():
        seconds, again = (timed(lambda q=query: client.body(result_id, q)) for _ in range(2))
        plain = timed(lambda q=query: plain_figures(path, q))
        row(f"filter: {name}", seconds, plain)
        found.append(seconds)
        plains.append(plain)
        if name == "another threshold":
            row("  asked again", again)
    print(f"  filters: {statistics.median(found):.2f} s at the median, at most {max(found):.2f} s")
    record("results", f"{len(FILTERS)} kinds of filters against plain SQL", found, plains, "s")


def ask_pages(client: Client, result_id: str, path: Path) -> None:
    """Ask for pages of the table: first and deep, by every column, filtered or not."""
    from core.results.view import ResultView

    view = ResultView(path)
    told = [name for name in client.columns(result_id) if name in view.told]
    deep = view.span.n // 2
    row("page: first", timed(lambda: client.rows(result_id, "", 0, None)), plain(path, "", 0, None))
    row("page: deep", timed(lambda: client.rows(result_id, "", deep, None)), plain(path, "", deep, None))
    row("page: the next deep one", timed(lambda: client.rows(result_id, "", deep + 50, None)))
    client.rows(result_id, FILTERED, 0, None)
    seconds = timed(lambda: client.rows(result_id, FILTERED, deep, None))
    row("page: deep, filtered", seconds, plain(path, FILTERED, deep, None))
    for label, query in (("", ""), (", filtered", FILTERED)):
        each = {name: timed(lambda n=name, q=query: client.rows(result_id, q, deep, n)) for name in told}
        slowest = max(each, key=lambda name: each[name])
        row(f"page: deep, by each of {len(told)} columns{label}: median", statistics.median(each.values()))
        row(f"  slowest ({slowest})", each[slowest], plain(path, query, deep, slowest))
        again = [timed(lambda n=name, q=query: client.rows(result_id, q, deep + 50, n)) for name in told]
        row("  the next page: slowest", max(again))


def download(client: Client, result_id: str, fmt: str, query: str) -> None:
    """Download as the browser does; print first byte and row, whole, size and the worker's memory."""
    before, highest = client.memory(), client.peak
    client.peak, began, first, size = before, time.perf_counter(), 0.0, 0
    lines, first_row = 0, 0.0
    with client.http.stream("GET", f"/api/results/{result_id}/download.{fmt}{query}") as answer:
        for chunk in answer.iter_raw():
            first = first or time.perf_counter() - began
            size += len(chunk)
            if fmt == "csv" and not first_row:
                # The first line has the names of the columns.
                lines += chunk.count(b"\n")
                first_row = time.perf_counter() - began if lines > 1 else 0.0
    whole, name = time.perf_counter() - began, f"download: {fmt}{query}"
    print(
        f"  {name:<46} first byte {first:6.2f} s, first row {first_row:6.2f} s, whole {whole:6.1f} s,"
        f" {size / 1e6:6,.0f} MB;"
        f" worker {before:,.0f} MB before, {client.peak:,.0f} MB at its peak",
        flush=True,
    )
    client.peak = max(client.peak, highest)


def plain(path: Path, query: str, start: int, sort: str | None) -> float:
    """Return the seconds plain SQL takes for a page of rows."""
    from core.results.query import connect

    sql, params = _filtered(path, query)
    order = f"{sort or 'purchase_probability'} DESC NULLS LAST, session_id"
    with connect() as connection:
        asked = f"SELECT * FROM {sql} ORDER BY {order} LIMIT 50 OFFSET {start}"
        return timed(lambda: connection.execute(asked, params).fetchall())


def plain_figures(path: Path, query: str) -> None:
    """Find a page's figures with one query each, all cores at work, nothing kept."""
    from core.results.filters import CHOICES
    from core.results.query import connect
    from core.results.sums import SUMS

    sql, params = _filtered(path, query)
    outcome = "purchased IS NOT NULL AND purchase_probability IS NOT NULL"
    questions = [f"SELECT {SUMS} FROM {sql}"]
    days = "CAST(started_at AS DATE)"
    for key in (*CHOICES.values(), days):
        questions.append(f"SELECT {key} AS key, {SUMS} FROM {sql} GROUP BY key ORDER BY key")
    for column in ("purchase_probability", "expected_revenue", "revenue_if_purchase"):
        edges = [place / 50 for place in range(1, 51)]
        questions.append(f"SELECT histogram({column}, {edges}) FROM {sql}")
    questions += [
        f"SELECT round(purchase_probability, 6) AS score, count(*), count(*) FILTER (purchased) "
        f"FROM {sql} AND {outcome} GROUP BY score ORDER BY score",
        "SELECT bin, count(*), avg(p), count(*) FILTER (bought) FROM (SELECT purchase_probability AS p, "
        f"purchased AS bought, ntile(10) OVER (ORDER BY purchase_probability, session_id) AS bin "
        f"FROM {sql} AND {outcome}) GROUP BY bin",
        f"SELECT count(*) FILTER (product_views > 0), count(*) FILTER (cart_adds > 0) FROM {sql}",
        f"SELECT session_id, cluster_x, cluster_y FROM {sql} ORDER BY hash(session_id) LIMIT 3000",
    ]
    with connect() as connection:
        for question in questions:
            connection.execute(question, params).fetchall()


def _filtered(path: Path, query: str) -> tuple[str, list[object]]:
    from urllib.parse import parse_qsl

    from core.results.filters import Filters
    from core.results.query import view_sql
    from core.results.scored_sessions import ScoredSessions

    filters = Filters.from_query(dict(parse_qsl(query)))
    where, params = filters.where()
    view, bound = view_sql(ScoredSessions.of(path).at(filters.threshold))
    return f"({view}) WHERE {where}", [*bound, *params]


class Client:
    """A browser's requests to the real server."""

    def __init__(self, http: httpx.Client, process: psutil.Process) -> None:
        self.http, self._process, self.peak = http, process, 0.0
        # What a browser has from its first request on.
        self._callbacks = http.get("/_dash-dependencies")
        self._pages: dict[str, Any] = {}
        self._over = threading.Event()
        self._watch = threading.Thread(target=self._look, daemon=True)
        self._watch.start()

    def request(self, method: str, path: str, **arguments: Any) -> httpx.Response:
        """Send one request."""
        if path == "/_dash-dependencies":
            return self._callbacks
        return self.http.request(method, path, **arguments)

    def open(self, address: str) -> Any:
        """Open a page."""
        from tests.pages.dashing import Page

        page = Page(self, address)  # type: ignore[arg-type]
        if "There is no such result" in page.text():
            raise SystemExit(f"{address} is not there.")
        return page

    def body(self, result_id: str, query: str) -> None:
        """Ask for figures and charts of filtered sessions."""
        values = {"results-query.data": query, "results-result.data": result_id}
        answer = self.page(result_id).call("results-body.children", "results-query.data", values)
        if "results-chart" not in str(answer) and "No sessions match" not in str(answer):
            raise SystemExit(f"No charts of “{query}”: {str(answer)[:500]}")

    def rows(self, result_id: str, query: str, start: int, sort: str | None) -> None:
        """Ask for a page of the table."""
        model = [{"colId": sort, "sort": "desc"}] if sort else []
        request = {"startRow": start, "endRow": start + 50, "filterModel": {}, "sortModel": model}
        values = {
            "results-grid.getRowsRequest": request,
            "results-query.data": query,
            "results-sort.data": "",
            "results-result.data": result_id,
        }
        answer = self.page(result_id).call(
            "results-grid.getRowsResponse", "results-grid.getRowsRequest", values
        )
        if not answer["results-grid"]["getRowsResponse"]["rowData"]:
            raise SystemExit(f"No rows from {start} on, by {sort}, of “{query}”")

    def columns(self, result_id: str) -> list[str]:
        """Return the columns the table can be sorted by."""
        shown = self.open(f"/results/{result_id}?view=sessions").find("results-grid")["columnDefs"]
        return [column["field"] for column in shown if column.get("sortable", True)]

    def page(self, result_id: str) -> Any:
        """Return the open page of a result."""
        if result_id not in self._pages:
            self._pages[result_id] = self.open(f"/results/{result_id}")
        return self._pages[result_id]

    def memory(self) -> float:
        """Return the resident megabytes of the web worker."""
        workers = self._process.children(recursive=True) or [self._process]
        return max(worker.memory_info().rss for worker in workers) / 1e6

    def close(self) -> None:
        """Stop watching."""
        self._over.set()
        self._watch.join()

    def _look(self) -> None:
        while not self._over.wait(0.05):
            try:
                self.peak = max(self.peak, self.memory())
            except psutil.Error:
                return


@contextmanager
def server() -> Iterator[Client]:
    """Start the web server, with one worker, and stop it in the end."""
    command = [sys.executable, "-m", "gunicorn", "--config", str(ROOT / "gunicorn.conf.py")]
    process = subprocess.Popen(command, cwd=ROOT)
    try:
        with httpx.Client(base_url=HOST, timeout=600) as http:
            deadline = time.monotonic() + 120
            while True:
                try:
                    if http.get("/healthz").status_code == 200:
                        break
                except httpx.TransportError:
                    pass
                if time.monotonic() > deadline or process.poll() is not None:
                    raise SystemExit("The server didn't start.")
                time.sleep(0.2)
            client = Client(http, psutil.Process(process.pid))
            try:
                yield client
            finally:
                client.close()
    finally:
        process.terminate()
        process.wait()


def make(out: Path, n_sessions: int) -> None:
    """Write a scored file: simulated sessions, scored by the demo shop's model, copied with noise."""
    import duckdb
    import pyarrow.parquet as pq

    from core.bundle.predictor import Predictor
    from core.features import rows_of
    from core.scoring.steps import predict_sessions
    from core.simulate import simulate_events

    sessions, scored = out.with_name("sessions.parquet"), out.with_name("scored.parquet")
    pq.write_table(rows_of(simulate_events(min(SCORED, n_sessions), seed=5, start=START, days=30)), sessions)
    predict_sessions(sessions, scored, predictor=Predictor.load())
    amounts = ("price_mean", "price_max", "cart_value", "revenue", "duration_seconds", "mean_gap_seconds")
    amounts += ("revenue_if_purchase", "revenue_low", "revenue_high", "predicted_revenue")
    changed = ", ".join(f"{name} * noise AS {name}" for name in amounts)
    sql = f"""
        SELECT * EXCLUDE (noise, copy) REPLACE (
            session_id || '-' || copy AS session_id, visitor_id || '-' || copy % 20 AS visitor_id,
            started_at + to_microseconds(CAST(hash(session_id, copy) % 3600000000 AS BIGINT)) AS started_at,
            least(purchase_probability * noise, 0.9999) AS purchase_probability,
            least(purchase_probability * noise, 0.9999) * revenue_if_purchase * noise AS expected_revenue,
            CAST(cluster_x + noise AS FLOAT) AS cluster_x, CAST(cluster_y - noise AS FLOAT) AS cluster_y,
            {changed})
        FROM (SELECT *, 0.9 + CAST(hash(copy, session_id) % 1000003 AS DOUBLE) / 5000015 AS noise
              FROM (SELECT range AS copy FROM range(?)), read_parquet(?)) LIMIT ?
    """
    target = str(out).replace("'", "''")
    with duckdb.connect() as connection:
        connection.execute(
            f"COPY ({sql}) TO '{target}' (FORMAT parquet, ROW_GROUP_SIZE 32768)",
            [-(-n_sessions // SCORED), str(scored), n_sessions],
        )
    sessions.unlink()
    scored.unlink()


def store(file: Path) -> tuple[str, Path]:
    """Put a scored file into a data folder of its own as a finished result; return its id and place."""
    import pyarrow.parquet as pq

    from core.storage import get_store

    into = get_store()
    upload = Path(os.environ["PREDICTOR_DATA_DIR"]).parent / "visits.csv"
    upload.write_text("session_id,clicks\ns1,1\n")
    dataset = into.add_dataset(upload, filename="visits.csv", name="Big export")
    result = into.create_result(dataset.id, bundle="demo-shop")
    result.path.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(file, result.path)
    rows = pq.read_metadata(file).num_rows
    into.update_result(
        result.id, state="done", n_sessions=rows, currency="EUR", has_outcomes=True, has_revenue=True
    )
    return result.id, result.path


def timed(work: Callable[[], object]) -> float:
    """Return the wall seconds of some work."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def row(name: str, seconds: float, plain_seconds: float | None = None) -> None:
    """Print a line of the table."""
    beside = "" if plain_seconds is None else f"{plain_seconds:8.2f} s {plain_seconds / seconds:6.1f}x"
    print(f"  {name:<44} {seconds:7.2f} s {beside}", flush=True)


def disk(path: Path) -> float:
    """Return the megabytes of what is kept beside a result."""
    kept = path.parent / f".{path.stem}.kept"
    return sum(file.stat().st_size for file in kept.rglob("*") if file.is_file()) / 1e6


if __name__ == "__main__":
    main()
