"""Matomo's visits, as they are kept in its database: one row a visit.

Layout: Matomo's table ``log_visit``. Its times are in UTC. ``visit_goal_buyer`` tells an order (1), a cart
left behind (2), and a cart left behind after an order (3); what was paid stands in another table,
``log_conversion``. Where visitors came from and what they used are numbers.
"""

from __future__ import annotations

from core.ingest.formats.base import Format
from core.schema.events import EventType

_CHANNELS = {"1": "direct", "2": "search", "3": "website", "6": "campaign", "7": "social"}
_DEVICES = {
    "0": "desktop", "1": "smartphone", "2": "tablet", "3": "feature phone", "4": "console", "5": "tv",
    "6": "car browser", "7": "smart display", "8": "camera", "9": "portable media player", "10": "phablet",
}  # fmt: skip


def _named(column: str, codes: dict[str, str]) -> str:
    cases = " ".join(f"WHEN '{code}' THEN '{name}'" for code, name in codes.items())
    return f"CASE {{{column}}} {cases} ELSE {{{column}}} END"


FORMAT = Format(
    key="matomo_log_visit",
    title="Matomo visits of its database",
    kind="sessions",
    columns={
        "session_id": ("idvisit",),
        "visitor_id": ("idvisitor",),
        "started_at": ("visit_first_action_time",),
        "duration_seconds": ("visit_total_time",),
        "n_events": ("visit_total_actions",),
        "searches": ("visit_total_searches",),
        "is_returning": ("visitor_returning",),
        "country": ("location_country",),
    },
    signature=("session_id", "visitor_id", "started_at", "duration_seconds"),
    derived={
        "purchased": "({visit_goal_buyer} IN ('1', '3'))",
        "device": _named("config_device_type", _DEVICES),
        "channel": _named("referer_type", _CHANNELS),
    },
    told_types=frozenset({EventType.PURCHASE}),
    notes=("What was paid stands in another table of Matomo, log_conversion.",),
)
