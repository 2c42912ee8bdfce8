"""A real worker that stops where it is told, once: in the middle of a step of a run, until it is killed.

It touches ``held-<step>`` in the data folder when it gets there.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from core.base.settings import get_settings
from core.jobs.worker import run_worker
from core.schedules import running
from core.schedules.workflow import begin


def held(step: str, work: Callable[..., Any]) -> Callable[..., Any]:
    """Return a step that does its work and then never comes back: what it did isn't recorded with the run."""

    def hold(*given: Any) -> None:
        work(*given)
        (get_settings().data_dir / f"held-{step}").touch()
        time.sleep(3600)

    return hold


if __name__ == "__main__":
    chosen = sys.argv[1]
    running.STEPS[chosen] = held(chosen, running.STEPS[chosen])
    run_worker(get_settings(), begin)
