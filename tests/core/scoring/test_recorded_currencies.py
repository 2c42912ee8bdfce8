"""Revenue in several currencies: what a result records of each, converted or apart."""

from __future__ import annotations

import pytest

from core.base.settings import Settings
from core.ingest import Mapping
from core.ingest.base.assumptions import Money
from core.ingest.base.model import IngestReport
from core.schema.events import Told
from core.scoring.own_steps import paid_apart

MONEY = tuple(
    Money(currency=code, orders=1, gross=gross, refunded=0.0)
    for code, gross in (("EUR", 50.0), ("USD", 60.0), ("JPY", 5000.0), (None, 7.0), ("GBP", 0.0))
)


@pytest.mark.parametrize(
    ("rates", "apart"),
    [({}, {"USD": 60.0, "JPY": 5000.0}), ({"USD": 0.9}, {"JPY": 5000.0}), ({"USD": 0.9, "JPY": 0.01}, {})],
)
def test_what_nothing_converts_stays_apart(rates, apart):
    told = Told(columns=frozenset({"revenue"}), event_types=frozenset())
    report = IngestReport(
        format=None, title="A log", kind="events", rows_read=5, rows_kept=5, rejected={}, told=told,
        currency="EUR", money=MONEY,
    )  # fmt: skip
    settings = Settings(_env_file=None)
    assert paid_apart(report, Mapping(kind="events", currency="EUR", rates=rates), settings) == apart
