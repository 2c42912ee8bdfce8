"""Everything Prometheus reads of this server, in its text form."""

from __future__ import annotations

from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4, CollectorRegistry, generate_latest

from core.base.settings import Settings
from core.monitoring.requests import request_registry
from core.monitoring.state import StateCollector

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4


def exposition(settings: Settings) -> bytes:
    """Return what was counted of requests, and figures of the state as it is now."""
    state = CollectorRegistry()
    state.register(StateCollector(settings))
    return generate_latest(request_registry()) + generate_latest(state)
