"""What an event costs at 1, 5, 20 and 60 million events, from a CSV to scored Parquet.

Per size, in the same run and each as a whole process: the product; one plain query of DuckDB from the CSV to
a Parquet of a dozen figures a session; DuckDB reading the same CSV and working out the session rows (nothing
predicted, nothing written); vectorised pandas with the same models. Prints a table and what has to hold,
writes ``scale.json`` and draws ``cost.svg`` beside this.

    python benchmarks/scale.py [--millions 1 5 20 60] [--repeats 1] [--folder FOLDER]

Files made stay in FOLDER, if one is given, and are used again. 60 million events need 16 GB of disk.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import duckdb  # noqa: E402

from benchmarks.history import record  # noqa: E402
from benchmarks.measure import Run, machine, measure  # noqa: E402
from benchmarks.score import EVENTS_PER_SESSION, agree  # noqa: E402

#: What the features read. An export's empty columns would cost everybody, and say nothing.
COLUMNS = (
    "session_id, visitor_id, timestamp, event_type, product_id, category, colour, price, quantity, revenue, "
    "country, device, channel, is_returning"
)
#: Above this many million events pandas is left out: it would need more memory than there is.
PANDAS_MOST = 20
HERE = Path(__file__).resolve().parent
#: What anybody would write: nothing of it is checked, settled, put into order or predicted.
PLAIN = """
select session_id, count(*) as events, count(distinct product_id) as products,
  count(distinct category) as categories, avg(price) as mean_price, max(price) as highest_price,
  min("timestamp") as first, max("timestamp") as last,
  count(*) filter (event_type = 'product_view') as views, count(*) filter (event_type = 'cart_add') as added,
  mode(category) as category, mode(colour) as colour, any_value(country) as country
from read_csv('{csv}') group by session_id
"""


@dataclass(frozen=True, slots=True)
class Cost:
    """What one way cost at one size: medians of its runs, and the highest peak."""

    seconds: float
    cpu_seconds: float
    peak_gb: float

    @classmethod
    def of(cls, runs: list[Run]) -> Cost:
        """Return what several runs of the same cost."""
        return cls(
            statistics.median(run.seconds for run in runs),
            statistics.median(run.cpu_seconds for run in runs),
            max(run.peak_bytes for run in runs) / 1e9,
        )


@dataclass(frozen=True, slots=True)
class Size:
    """One size of file, and what each way cost on it."""

    events: int
    sessions: int
    csv_gb: float
    costs: dict[str, Cost]

    def per_event(self, way: str) -> float:
        """Return the microseconds an event cost."""
        return self.costs[way].seconds / self.events * 1e6


def main() -> None:
    """Measure every size, print, write, draw."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--millions", type=float, nargs="+", default=[1, 5, 20, 60])
    parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument("--folder", type=Path, default=None, help="Where files are made, and stay.")
    parser.add_argument("--no-pandas", action="store_true")
    parser.add_argument("--out", type=Path, default=HERE, help="Where scale.json and cost.svg are written.")
    parser.add_argument("--features", type=Path, metavar="CSV", help=argparse.SUPPRESS)
    parser.add_argument("--plain", type=Path, nargs=2, metavar=("CSV", "OUT"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.plain:
        plain_query(*options.plain)
        return
    if options.features:
        print(f"{features_alone(options.features):,} sessions")
        return
    print(machine(), flush=True)
    with tempfile.TemporaryDirectory(dir=options.folder) as work:
        sizes = []
        for millions in options.millions:
            csv = events_csv(options.folder or Path(work), millions)
            with_pandas = not options.no_pandas and millions <= PANDAS_MOST
            sizes.append(measured(csv, Path(work), options.repeats, with_pandas))
            show(sizes[-1])
            # Written after every size: the largest may be stopped.
            write(sizes, options.out)
            if options.folder is None:
                csv.unlink()
    for line in held(sizes):
        print(line)


def events_csv(folder: Path, millions: float) -> Path:
    """Return a CSV of about so many million simulated events, made if it isn't there yet."""
    from core.simulate import write_events

    csv = folder / f"events-{millions:g}m.csv"
    if not csv.exists():
        whole, unfinished = folder / "simulated.parquet", folder / "unfinished.csv"
        write_events(whole, n_sessions=round(millions * 1e6 / EVENTS_PER_SESSION), seed=11)
        duckdb.execute(f"copy (select {COLUMNS} from '{whole}') to '{unfinished}' (format csv, header)")
        whole.unlink()
        unfinished.replace(csv)
    return csv


def features_alone(csv: Path) -> int:
    """Work out the session rows of a CSV in DuckDB, without a memory limit of ours; return their number."""
    from core.features.duck import compiled
    from core.ingest import inspect

    sql = compiled(inspect(csv).told, "DE", 30, None)
    with (
        tempfile.TemporaryDirectory(dir=csv.parent) as spill,
        duckdb.connect(config={"preserve_insertion_order": False, "temp_directory": spill}) as connection,
    ):
        # The query reads events several times; the text is parsed once.
        connection.execute(f"create temp table given as select * from read_csv('{csv}')")
        connection.execute('create view events as select *, null::date as date, null as "order" from given')
        connection.execute(f"create temp table session_rows as {sql}")
        return int(connection.execute("select count(*) from session_rows").fetchall()[0][0])


def plain_query(csv: Path, out: Path) -> None:
    """Run the plain query on a CSV, without a memory limit of ours, into Parquet."""
    with (
        tempfile.TemporaryDirectory(dir=csv.parent) as spill,
        duckdb.connect(config={"preserve_insertion_order": False, "temp_directory": spill}) as connection,
    ):
        connection.execute(f"copy ({PLAIN.format(csv=csv)}) to '{out}' (format parquet)")


def measured(csv: Path, work: Path, repeats: int, with_pandas: bool) -> Size:
    """Run every way in turn on one file; check that they agree."""
    product, pandas = work / "product.parquet", work / "pandas.parquet"
    plain = work / "plain.parquet"
    commands = {
        "plain": [sys.executable, str(HERE / "scale.py"), "--plain", str(csv), str(plain)],
        "duckdb": [sys.executable, str(HERE / "scale.py"), "--features", str(csv)],
        "product": [sys.executable, "-m", "core", "score", str(csv), "-o", str(product)],
    }
    if with_pandas:
        commands["pandas"] = [sys.executable, str(HERE / "score.py"), "--pandas", str(csv), str(pandas)]
    runs: dict[str, list[Run]] = {name: [] for name in commands}
    for _ in range(repeats):
        for name, command in commands.items():
            try:
                runs[name].append(measure(command, quiet=True))
            except subprocess.CalledProcessError as error:
                if name == "product":
                    raise
                # A yardstick that breaks, for lack of memory say, is no reason to measure nothing else.
                print(f"{name} failed: {error}")
    if runs.get("pandas"):
        agree(product, pandas)
    for way in ("plain", "duckdb", "pandas"):
        if len(runs.get(way, ())) == repeats:
            ours, theirs = ([run.cpu_seconds for run in runs[name]] for name in ("product", way))
            record("scale", f"{csv.stem} against {way}", ours, theirs)
    sessions = duckdb.execute(f"select count(*), sum(n_events) from '{product}'").fetchall()[0][0]
    with csv.open("rb") as file:
        # Every row ends in one line feed, and nothing in the file holds another.
        events = sum(block.count(b"\n") for block in iter(lambda: file.read(1 << 24), b"")) - 1
    costs = {name: Cost.of(done) for name, done in runs.items() if done}
    product.unlink()
    for yardstick in (plain, pandas):
        yardstick.unlink(missing_ok=True)
    return Size(events, int(sessions), csv.stat().st_size / 1e9, costs)


def show(size: Size) -> None:
    """Print what every way cost on one file."""
    at = time.strftime("%H:%M:%S")
    print(f"\n{at}  {size.events:,} events, {size.csv_gb:.2f} GB CSV, {size.sessions:,} sessions")
    for name, cost in size.costs.items():
        print(
            f"  {name:<8} {cost.seconds:7.1f} s  {cost.cpu_seconds:7.1f} s of processor  "
            f"{size.per_event(name):6.2f} µs an event  {cost.peak_gb:5.2f} GB peak",
            flush=True,
        )


def held(sizes: list[Size]) -> list[str]:
    """Return what has to hold as lines to print, each with what was found."""
    lines = [""]
    for size in sizes:
        product, millions = size.costs["product"], f"{size.events / 1e6:.2g}"
        lines.append(f"{millions:>4} million events")
        if plain := size.costs.get("plain"):
            lines.append(
                f"{'':>14}{product.seconds / plain.seconds:.2f} times the plain query by the clock, "
                f"{product.cpu_seconds / plain.cpu_seconds:.2f} in processor time (1.8 at 5, 1.5 at 20)"
            )
        if "duckdb" in size.costs:
            ratio = product.seconds / size.costs["duckdb"].seconds
            lines.append(f"{'':>14}{ratio:.2f} times DuckDB's features alone (at most 2.5 at 20)")
        if "pandas" in size.costs:
            faster = size.costs["pandas"].seconds / product.seconds
            lines.append(f"{'':>14}{faster:.2f} times faster than pandas (at least 2.5)")
        most = 3.0 if size.events < 30e6 else 3.75
        lines.append(f"{'':>14}{product.peak_gb:.2f} GB peak of all processes (at most {most})")
    five = [size for size in sizes if round(size.events / 1e6) == 5]
    if five and sizes[-1].events > five[0].events:
        growth = sizes[-1].per_event("product") / five[0].per_event("product")
        largest = round(sizes[-1].events / 1e6)
        lines.append(f"An event at {largest} million costs {growth:.2f} times one at 5 million (at most 1.2)")
    return lines


def write(sizes: list[Size], folder: Path) -> None:
    """Write the figures as JSON and the cost of an event against the size as a picture."""
    from benchmarks.plot import cost_plot

    told = {"machine": machine(), "sizes": [asdict(size) for size in sizes]}
    (folder / "scale.json").write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    ways = {"product": "File to scored sessions", "duckdb": "DuckDB, features alone", "pandas": "pandas"}
    lines = {
        label: [(size.events / 1e6, size.per_event(way)) for size in sizes if way in size.costs]
        for way, label in ways.items()
    }
    (folder / "cost.svg").write_text(cost_plot(lines, machine()), encoding="utf-8")


if __name__ == "__main__":
    main()
