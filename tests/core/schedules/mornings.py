"""A shop whose exports come in by themselves: a watched folder, a place for lists, an audience, a worker."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest

from core.audiences import Definition as Audience
from core.audiences.repository import make
from core.base.settings import Settings, get_settings
from core.schedules import service
from core.schedules.definition import Definition
from core.schedules.looking import look
from core.storage import Arrival, Result, Run, Schedule, Store, get_store
from tests.core.jobs.working import close, working
from tests.core.whatif.handmade import make_bundle, sessions
from tests.serving import wait_until

SECONDS = 240
#: What an export of the shop has.
COLUMNS = [
    "session_id", "visitor_id", "started_at", "n_events", "clicks", "page_views", "product_views", "searches",
    "cart_adds", "cart_removes", "checkouts", "duration_seconds", "mean_gap_seconds", "unique_products",
    "unique_categories", "price_mean", "price_max", "cart_value", "dominant_category",
    "dominant_colour_group", "country_group",
    "day_of_week", "hour", "is_weekday", "is_returning", "purchased", "revenue",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Shop:
    """The shop: its settings, its store, the folder exports come in and the one lists are put in."""

    settings: Settings
    store: Store
    inbox: Path
    lists: Path
    clock: list[datetime] = field(default_factory=lambda: [datetime.now(UTC)])

    def write(
        self, name: str, *, day: int = 1, n: int = 400, seed: int | None = None, **more: object
    ) -> Path:
        """Write an export of one day in November 2026, whole at once."""
        frame = export(day, n=n, seed=day if seed is None else seed).assign(**more)
        path = self.inbox / name
        path.parent.mkdir(exist_ok=True)
        partial = path.with_name(f".{path.name}")
        frame.to_csv(partial, index=False)
        partial.rename(path)
        return path

    def schedule(self, *, existing: bool = True, **more: object) -> Schedule:
        """Make a schedule that takes exports as they arrive."""
        told = {"source": str(self.inbox), "when": "arrival", **more}
        return service.save("Mornings", Definition(**told), existing=existing)  # type: ignore[arg-type]

    def look(self, times: int = 1, now: datetime | None = None) -> list[Run]:
        """Look some times, a minute apart, as a worker does; return the runs that follow."""
        if now is not None:
            self.clock[0] = now
        runs = []
        for _ in range(times):
            runs += look(self.store, self.clock[0])
            self.clock[0] += timedelta(minutes=1)
        return runs

    def audience(self, result: Result) -> str:
        """Keep an audience made of a result, half of it held out; return its id."""
        definition = Audience(
            pick="top_share", amount=0.5, held_out=0.5, id_form="raw", leave_out_buyers=False
        )
        return make(result.id, name="Likely buyers", definition=definition).id

    def arrivals(self, schedule: Schedule) -> dict[str, Arrival]:
        """Return the latest version of each export by its name."""
        return {
            one.name: one for one in sorted(self.store.arrivals(schedule.id), key=lambda one: one.seen_at)
        }


def export(day: int, *, n: int, seed: int) -> pd.DataFrame:
    """Return session rows of a day whose buyers the model can tell."""
    table = sessions().slice(seed * 97 % 900, n).select(COLUMNS)
    frame = table.to_pandas()
    start = pd.Timestamp(2026, 11, day, 6)
    frame["started_at"] = [start + pd.Timedelta(seconds=90 * place) for place in range(len(frame))]
    frame["session_id"] = [f"d{day}-{seed}-{place}" for place in range(len(frame))]
    frame["visitor_id"] = [f"v{day}-{seed}-{place}" for place in range(len(frame))]
    return frame


@contextmanager
def shop_at(
    folder: Path, monkeypatch: pytest.MonkeyPatch, *, model: bool = True, **environment: str
) -> Iterator[Shop]:
    """Yield a shop in a folder, with a model that knows its visitors; its worker takes the same settings."""
    inbox, lists = folder / "inbox", folder / "lists"
    inbox.mkdir()
    lists.mkdir()
    told = {
        "PREDICTOR_DATA_DIR": str(folder / "data"),
        "PREDICTOR_MODELS_DIR": str(folder / "models"),
        "PREDICTOR_BUNDLE": "own",
        "PREDICTOR_SOURCES": f'["{inbox}"]',
        "PREDICTOR_DESTINATIONS": f'["{lists}"]',
        "PREDICTOR_WEBHOOK_PRIVATE": "true",
        "PREDICTOR_LOOK_SECONDS": "1",
        "PREDICTOR_MIN_FREE_BYTES": "0",
        "PREDICTOR_TIME_ZONE": "Europe/Berlin",
        "DATABASE_URL": "",
        **environment,
    }
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    get_settings.cache_clear()
    settings = get_settings()
    if model:
        make_bundle(settings, name="own", rows=pa.table(sessions()), synthetic=False)
    yield Shop(settings, get_store(), inbox, lists)
    close(settings)
    get_settings.cache_clear()


def settled(shop: Shop, schedule: Schedule, *, came: int, seconds: float = SECONDS) -> None:
    """Wait until so many versions of exports have come, and nothing more is being done with any."""
    log = shop.settings.data_dir / "worker.log"

    def over() -> bool:
        found = shop.store.arrivals(schedule.id)
        going = [one for one in found if one.state in ("seen", "taken")]
        return len(found) >= came and not going and all(run.is_over for run in shop.store.runs(schedule.id))

    try:
        wait_until(over, what="exports to be taken in", seconds=seconds)
    except AssertionError as error:
        said = log.read_text()[-3000:] if log.exists() else ""
        raise AssertionError(f"{error}: {shop.arrivals(schedule)} {said}") from None


def first_result(shop: Shop, schedule: Schedule) -> Result:
    """Return the result of the first export that was taken in."""
    arrival = next(one for one in shop.store.arrivals(schedule.id) if one.result_id)
    return shop.store.result(str(arrival.result_id))


def older(path: Path, hours: float) -> None:
    """Let a file have been written some hours ago."""
    moment = (datetime.now(UTC) - timedelta(hours=hours)).timestamp()
    os.utime(path, (moment, moment))


__all__ = ["Shop", "export", "first_result", "older", "settled", "shop_at", "working"]
