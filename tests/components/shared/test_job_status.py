"""How often a page asks how far a job is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from components.shared.job_status import POLL_MS, SOON_MS, doing, pace


@pytest.mark.parametrize(("age", "wanted"), [(0, SOON_MS), (3600, POLL_MS)])
def test_a_page_asks_sooner_while_a_job_is_young(age, wanted):
    assert pace(SimpleNamespace(created_at=datetime.now(UTC) - timedelta(seconds=age))) == wanted


@pytest.mark.parametrize(
    ("message", "said"), [("", "Building sessions"), ("Making session rows", "Making session rows")]
)
def test_until_a_step_says_what_it_does_its_name_stands_there(message: str, said: str) -> None:
    job = SimpleNamespace(cancelling=False, step="features", message=message)
    assert doing(job=job, steps=(("ingest", "Reading the file"), ("features", "Building sessions"))) == said
