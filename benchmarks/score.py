"""From a CSV of events to scored Parquet: the product against vectorised pandas, in the same run.

Both are whole processes, start-up and imports included, both make the same features and call the
same models; the two results are compared session by session before any figure is printed.

    python benchmarks/score.py [--events 5000000] [--repeats 3]
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import duckdb  # noqa: E402

from benchmarks.measure import Run, machine, measure  # noqa: E402

EVENTS_PER_SESSION = 8.0
TOLERANCE = 1e-6


def main() -> None:
    """Make the file, run both ways in turn, compare, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--events", type=int, default=5_000_000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--pandas", nargs=2, metavar=("CSV", "OUT"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.pandas:
        from benchmarks.pandas_baseline import score

        score(Path(options.pandas[0]), Path(options.pandas[1]))
        return
    with tempfile.TemporaryDirectory() as folder:
        compare(Path(folder), options.events, options.repeats)


def compare(folder: Path, n_events: int, repeats: int) -> None:
    """Run both ways in turn on one simulated file of about ``n_events`` events and print the table."""
    csv = folder / "events.csv"
    events = make_events(csv, n_events)
    commands = {
        "product": [sys.executable, "-m", "core", "score", str(csv), "-o", str(folder / "product.parquet")],
        "pandas": [sys.executable, __file__, "--pandas", str(csv), str(folder / "pandas.parquet")],
    }
    runs: dict[str, list[Run]] = {name: [] for name in commands}
    for _ in range(repeats):
        for name, command in commands.items():
            runs[name].append(measure(command))
    n_sessions = agree(folder / "product.parquet", folder / "pandas.parquet")
    print(f"\n{machine()}: {events:,} events, {csv.stat().st_size / 1e9:.2f} GB CSV, {n_sessions:,} sessions")
    for name, done in runs.items():
        seconds = statistics.median(run.seconds for run in done)
        peak = max(run.peak_bytes for run in done) / 1e9
        print(
            f"  {name:<8} {seconds:6.1f} s (median of {repeats})"
            f"  {events / seconds:>10,.0f} events/s  {peak:.2f} GB peak"
        )
    ratios = [b.seconds / a.seconds for a, b in zip(runs["product"], runs["pandas"], strict=True)]
    print(
        f"  product is {statistics.median(ratios):.2f} times faster ({min(ratios):.2f} to {max(ratios):.2f})"
    )


def make_events(path: Path, n_events: int) -> int:
    """Write a simulated event CSV of about ``n_events`` rows; return how many it has."""
    from core.simulate import write_events

    return write_events(path, n_sessions=round(n_events / EVENTS_PER_SESSION), seed=11)


def agree(product: Path, pandas: Path) -> int:
    """Check that both ways gave every session the same predictions; return the number of sessions."""
    query = """
        select count(*), count(*) filter (where abs(a.purchase_probability - b.purchase_probability) > ?
            or abs(a.expected_revenue - b.expected_revenue) > ? * greatest(1, a.expected_revenue)
            or a.cluster_id <> b.cluster_id or b.session_id is null or a.session_id is null)
        from read_parquet(?) a full join read_parquet(?) b using (session_id)"""
    both, different = duckdb.execute(query, [TOLERANCE, TOLERANCE, str(product), str(pandas)]).fetchall()[0]
    if different:
        raise SystemExit(f"{different:,} of {both:,} sessions differ: the two ways don't do the same work")
    return int(both)


if __name__ == "__main__":
    main()
