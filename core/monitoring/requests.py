"""What is counted of requests: in files that all web workers share, so that a worker's end loses nothing.

``gunicorn.conf.py`` says where those files are, before this is imported.
"""

from __future__ import annotations

import os

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.multiprocess import MultiProcessCollector

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
#: From an answer out of memory to one that was waited for.
BUCKETS = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0)

REQUESTS = Counter(
    "predictor_http_requests", "Requests answered, by route and status.", ["method", "route", "status"]
)
SECONDS = Histogram(
    "predictor_http_request_duration_seconds",
    "Seconds until a request was answered whole, by route.",
    ["method", "route"],
    buckets=BUCKETS,
)
IN_PROGRESS = Gauge(
    "predictor_http_requests_in_progress",
    "Requests that are being answered now.",
    multiprocess_mode="livesum",
)


def request_registry() -> CollectorRegistry:
    """Return what was counted of requests by every web worker of this server, gone ones too."""
    if FOLDER not in os.environ:
        return REGISTRY  # There is only this process.
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return registry
