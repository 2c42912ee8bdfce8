"""What ratios to their baselines were: a line a measurement in ``history.jsonl``, and what got worse.

A ratio is what the product took over what its baseline took in the same minute, one after the other
(A B A B), so that a busy machine slows both. Each line has the runs' ratios, and of which commit on how many
cores. A ratio got worse if the best run of the latest is above the worst of the three measurements before.

    python benchmarks/history.py [--file benchmarks/history.jsonl]
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

ROOT = Path(__file__).resolve().parent.parent
#: So many earlier measurements tell what is usual.
USUAL = 3
FILE = ROOT / "benchmarks" / "history.jsonl"


@dataclass(frozen=True, slots=True)
class Entry:
    """One measurement: the median of its runs' ratios, product over baseline, and the lowest and highest.

    Less is better. ``of`` is what was compared, in ``unit``; only entries of the same ``benchmark``, ``of``
    and ``cores`` are comparable.
    """

    benchmark: str
    of: str
    unit: str
    date: str
    commit: str
    cores: int
    runs: int
    ratio: float
    low: float
    high: float

    @property
    def key(self) -> tuple[str, str, str, int]:
        """What it may be compared with."""
        return self.benchmark, self.of, self.unit, self.cores

    @classmethod
    def of_ratios(cls, benchmark: str, of: str, ratios: Sequence[float], unit: str) -> Self:
        """Return the entry of several runs' ratios, of this commit on this machine, now."""
        return cls(
            benchmark=benchmark,
            of=of,
            unit=unit,
            date=datetime.now(UTC).strftime("%Y-%m-%dT%H:%MZ"),
            commit=commit(),
            cores=os.cpu_count() or 1,
            runs=len(ratios),
            ratio=round(statistics.median(ratios), 4),
            low=round(min(ratios), 4),
            high=round(max(ratios), 4),
        )


def in_turn(
    product: Callable[[], float], baseline: Callable[[], float], runs: int
) -> tuple[list[float], list[float]]:
    """Run both one after the other, several times; return what each took, run by run."""
    pairs = [(product(), baseline()) for _ in range(runs)]
    return [ours for ours, _ in pairs], [theirs for _, theirs in pairs]


def record(
    benchmark: str,
    of: str,
    ours: Sequence[float],
    theirs: Sequence[float],
    unit: str = "s of processor",
    file: Path = FILE,
) -> Entry:
    """Print the ratios of runs in turn, and add them to the history.

    Parameters
    ----------
    ours, theirs
        What the product and its baseline took, run by run, in ``unit``.
    """
    entry = Entry.of_ratios(benchmark, of, [a / b for a, b in zip(ours, theirs, strict=True)], unit)
    took = f"{statistics.median(ours):8.3f} {statistics.median(theirs):8.3f} {unit}"
    print(f"  {f'{benchmark}, {of}':<58} {took}   {_told(entry)}", flush=True)
    with file.open("a", encoding="utf-8") as out:
        out.write(json.dumps(asdict(entry)) + "\n")
    return entry


def read(file: Path = FILE) -> list[Entry]:
    """Return the history, oldest first; none where there is no file."""
    if not file.exists():
        return []
    lines = file.read_text(encoding="utf-8").splitlines()
    return [Entry(**json.loads(line)) for line in lines if line.strip()]


def compared(entries: Sequence[Entry]) -> list[tuple[Entry, Sequence[Entry], str]]:
    """Return the latest entry of each kind, those before that tell what is usual, and a verdict in a word."""
    by_key: dict[tuple[str, str, str, int], list[Entry]] = {}
    for entry in entries:
        by_key.setdefault(entry.key, []).append(entry)
    return [(now, before[-USUAL:], _verdict(now, before[-USUAL:])) for *before, now in by_key.values()]


def _verdict(now: Entry, before: Sequence[Entry]) -> str:
    if not before:
        return "first"
    if now.low > max(entry.high for entry in before):
        return "WORSE"
    return "better" if now.high < min(entry.low for entry in before) else "same"


def commit() -> str:
    """Return the short name of the commit at work, with a plus where files are changed since."""
    try:
        name = subprocess.run(
            ["git", "describe", "--always", "--abbrev=8", "--exclude=*", "--dirty=+"],
            cwd=ROOT, check=True, capture_output=True, text=True,
        ).stdout  # fmt: skip
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return name.strip()


def tell(entries: Sequence[Entry]) -> int:
    """Print each kind's latest ratio and how it stands to those before; return 1 if one got worse, else 0."""
    print(f"{'product over baseline':<68} {'now':>22} {'before':>22}")
    worse = False
    for now, before, verdict in compared(entries):
        what = f"{now.benchmark}, {now.of} ({now.cores} cores)"
        print(f"{what:<68} {_told(now):>22} {_told(before[-1]) if before else '':>22}  {verdict}")
        worse |= verdict == "WORSE"
    return int(worse)


def _told(entry: Entry) -> str:
    return f"{entry.ratio:.2f} ({entry.low:.2f} to {entry.high:.2f})"


def main() -> int:
    """Print the table; 1 if a ratio got worse."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--file", type=Path, default=FILE)
    return tell(read(parser.parse_args().file))


if __name__ == "__main__":
    sys.exit(main())
