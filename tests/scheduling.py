"""What takes longest begins first, so that no process works on alone at the end of a run.

``seconds.json`` holds what each file of tests takes; ``pytest --write-seconds`` writes it anew from a whole
run. Files run in one process from beginning to end, as their fixtures are made for.
"""

from __future__ import annotations

import json
import math
from collections import defaultdict
from pathlib import Path

import pytest

SECONDS_FILE = Path(__file__).with_name("seconds.json")
_taken: dict[str, float] = defaultdict(float)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option."""
    parser.addoption("--write-seconds", action="store_true", help="keep what each file of tests takes")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Sort files by what they take, those never timed first; within a file, tests stay as written."""
    seconds = json.loads(SECONDS_FILE.read_text())
    items.sort(key=lambda item: -seconds.get(item.nodeid.partition("::")[0], math.inf))


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Add up what was taken; with several processes, in the one that hears of them all."""
    _taken[report.nodeid.partition("::")[0]] += report.duration


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Keep it, if asked; files that didn't run keep what they had."""
    if session.config.getoption("--write-seconds") and not hasattr(session.config, "workerinput"):
        before = json.loads(SECONDS_FILE.read_text())
        now = before | {path: round(seconds, 1) for path, seconds in _taken.items()}
        kept = {path: now[path] for path in sorted(now) if (SECONDS_FILE.parents[1] / path).exists()}
        SECONDS_FILE.write_text(json.dumps(kept, indent=1) + "\n")
