"""A real worker that stops inside one step until it is let go: ``held_worker.py STEP before|after [late]``.

It touches ``held`` in the data folder when it gets there, and goes on once ``go`` appears. Killed in
between, it is a worker that died in the middle of the step ("before") or when all its work was done
but nobody had noted it down ("after"). A "late" one is so busy that jobs begin well after they were taken.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from dbos._core import ActiveWorkflowById

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from core.base.settings import get_settings
from core.jobs import scoring_workflow, training_workflow
from core.jobs.bells import ASK_SECONDS
from core.jobs.worker import run_worker


def held(step: Callable[..., object], when: str) -> Callable[..., object]:
    def run(*args: object) -> object:
        if when == "before":
            hold()
            return step(*args)
        done = step(*args)
        hold()
        return done

    return run


def hold() -> None:
    folder = get_settings().data_dir
    (folder / "held").touch()
    while not (folder / "go").exists():
        time.sleep(0.02)


def begin_late() -> None:
    begin = ActiveWorkflowById.add

    def late(*args: Any) -> Any:
        time.sleep(4 * ASK_SECONDS)
        return begin(*args)

    ActiveWorkflowById.add = late


if __name__ == "__main__":
    if "late" in sys.argv:
        begin_late()
    name = f"{sys.argv[1]}_step"
    module = scoring_workflow if hasattr(scoring_workflow, name) else training_workflow
    setattr(module, name, held(getattr(module, name), sys.argv[2]))
    run_worker(get_settings())
