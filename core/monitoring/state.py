"""Figures of the installation's state, read where it is kept whenever they are asked for.

They are the same whichever web worker is asked, and after any restart. What can't be read just now is left
out, and the scrape goes on: ``predictor_ready`` says which part fails.
"""

from __future__ import annotations

import logging
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Protocol

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from sqlalchemy.exc import SQLAlchemyError

from core.base.errors import CoreError
from core.base.project import in_project
from core.base.settings import Settings
from core.base.version import VERSION
from core.bundle.registry import in_use
from core.jobs.heartbeat import seconds_since_heartbeat
from core.live.database import fact, live_folder, reader
from core.live.phases import Spent
from core.live.processing.runner import HEARTBEAT, SPENT
from core.live.schema import MICROS
from core.live.scores import waiting
from core.monitoring.readiness import readiness
from core.projects.records import every_settings
from core.results.drift.drift import kept_drift
from core.storage import get_store
from core.storage._files import room as room_of

log = logging.getLogger(__name__)

LEVELS = {None: -1, "none": 0, "some": 1, "serious": 2}


def _gauge(name: str, text: str, *labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"predictor_{name}", text, labels=labels)


def _readiness(settings: Settings) -> Iterator[Metric]:
    ready = _gauge("ready", "1 where a part can do its work, 0 where it can't.", "part")
    for name, part in readiness(settings).items():
        ready.add_metric([name], float(part.state != "failing"))
    yield ready


def _build(settings: Settings) -> Iterator[Metric]:
    build = _gauge("build_info", "The version that runs.", "version")
    build.add_metric([VERSION], 1)
    yield build


def _model(settings: Settings) -> Iterator[Metric]:
    model = _gauge("model_in_use_info", "The model new exports are scored with.", "model")
    model.add_metric([in_use(settings)], 1)
    yield model


def _jobs(settings: Settings) -> Iterator[Metric]:
    jobs = _gauge("jobs", "Jobs there are a record of, by kind and state.", "kind", "state")
    length = _gauge("queue_length", "Jobs that wait for their turn.", "kind")
    oldest = _gauge("queue_oldest_seconds", "For how long the oldest job that waits has done so.", "kind")
    for kind, states in get_store(settings).job_counts().items():
        for state, (count, _) in states.items():
            jobs.add_metric([kind, state], count)
        count, since = states.get("queued", (0, None))
        length.add_metric([kind], count)
        oldest.add_metric([kind], max(0.0, time.time() - since.timestamp()) if since else 0.0)
    yield from (jobs, length, oldest)


def _worker(settings: Settings) -> Iterator[Metric]:
    seconds = seconds_since_heartbeat(settings)
    if seconds is not None:
        yield GaugeMetricFamily(
            "predictor_worker_silent_seconds", "Since the liveliest job worker's last sign of life.", seconds
        )


def _disk(settings: Settings) -> Iterator[Metric]:
    room = room_of(settings.data_dir, kept_free=settings.min_free_bytes)
    yield GaugeMetricFamily("predictor_disk_free_bytes", "Free on the data folder's disk.", room.free)
    yield GaugeMetricFamily("predictor_disk_usable_bytes", "Free beyond the reserve.", room.usable)


def _live(settings: Settings) -> Iterator[Metric]:
    if not (settings.live_database or live_folder(settings).exists()):
        return
    yield GaugeMetricFamily("predictor_live_waiting", "Live events that aren't scored.", waiting(settings))
    sessions = _gauge("live_sessions", "Live sessions that are kept, by state.", "state")
    connection = reader(settings)
    for state, count in connection.execute("SELECT state, count(*) FROM sessions GROUP BY state").fetchall():
        sessions.add_metric([state], count)
    yield sessions
    minute = int(time.time()) - 60
    events = connection.execute("SELECT coalesce(sum(events), 0) FROM pulses WHERE second >= ?", [minute])
    (count,) = events.fetchone() or (0,)
    yield GaugeMetricFamily("predictor_live_events_last_minute", "Live events that came within it.", count)
    if at := fact(settings, HEARTBEAT):
        yield GaugeMetricFamily(
            "predictor_live_worker_silent_seconds",
            "Since the live worker's last sign of life.",
            max(0.0, time.time() - int(at) / MICROS),
        )
        yield from _spent(Spent.read(fact(settings, SPENT)))


def _spent(spent: Spent) -> Iterator[Metric]:
    """Yield where the live worker's time went."""
    seconds = CounterMetricFamily(
        "predictor_live_worker_seconds", "What the live worker's time went into.", labels=["phase"]
    )
    for phase, value in spent.seconds.items():
        seconds.add_metric([phase], value)
    yield seconds
    yield CounterMetricFamily("predictor_live_batches", "Batches of live events it scored.", spent.batches)
    yield GaugeMetricFamily(
        "predictor_live_longest_round_seconds",
        "Its longest round of a batch and what else was due, of the last minute.",
        spent.longest,
    )


def _drift(settings: Settings) -> Iterator[Metric]:
    result = get_store(settings).latest_result()
    drift = kept_drift(result) if result else None
    if result is None or drift is None:
        return
    yield GaugeMetricFamily(
        "predictor_drift_level",
        "Of the newest result: 0 like what its model learned from, 1 somewhat changed, 2 seriously; "
        "-1 too few sessions to tell.",
        LEVELS[drift.level],
    )
    features = _gauge("drift_features", "Features of the newest result by how far they changed.", "level")
    for level in ("none", "some", "serious"):
        features.add_metric([level], sum(feature.level == level for feature in drift.features))
    yield features
    if result.finished_at is not None:
        yield GaugeMetricFamily(
            "predictor_newest_result_timestamp_seconds",
            "When the newest result was done, in Unix time.",
            result.finished_at.timestamp(),
        )


Part = Callable[[Settings], Iterator[Metric]]
#: Of the installation, and of each project; where there are several, these have the label ``project``.
SHARED: tuple[Part, ...] = (_build, _readiness, _worker, _disk)
OF_PROJECTS: tuple[Part, ...] = (_model, _jobs, _live, _drift)


class _Collector(Protocol):
    def collect(self) -> Iterator[Metric]: ...


class StateCollector:
    """What ``prometheus_client`` asks for figures."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def collect(self) -> Iterator[Metric]:
        """Yield the figures of each part that can be read."""
        yield from _read(SHARED, self._settings)
        try:
            projects = every_settings(self._settings)
        except (CoreError, SQLAlchemyError) as error:
            log.warning("metrics leave out the projects: %s", error)
            return
        found: dict[str, Metric] = {}
        for project in projects:
            with in_project(project):
                for metric in _read(OF_PROJECTS, project):
                    if len(projects) > 1:
                        named = {"project": project.project}
                        metric.samples = [one._replace(labels=one.labels | named) for one in metric.samples]
                    found.setdefault(metric.name, metric)
                    if found[metric.name] is not metric:
                        found[metric.name].samples += metric.samples
        yield from found.values()


def _read(parts: Iterable[Part], settings: Settings) -> Iterator[Metric]:
    for part in parts:
        try:
            yield from list(part(settings))
        except (CoreError, SQLAlchemyError, sqlite3.Error, OSError) as error:
            log.warning("metrics leave out what can't be read: %s", error)
