"""Every small export and fixture, counted: read right, refused, asked about, or (never) read wrongly.

A file that is read without a question must come to its right numbers. Those that are asked about are listed
by name, with the reason.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from core.base.errors import IngestError
from core.ingest import inspect
from tests.conftest import SHARED_DATA
from tests.core.ingest.reading import write
from tests.core.ingest.sessions_of import export_of
from tests.core.ingest.test_refusals import REFUSED as REFUSED_TABLES
from tests.core.ingest.test_tracker_tables import TABLES
from tests.core.ingest.test_trackers import FLAT
from tests.core.ingest.test_wrapped import WRAPPED

CASES = SHARED_DATA.parent / "cases"
#: File -> sessions, buyers (None: it doesn't say who bought) and revenue, worked out by hand.
RIGHT: dict[str, tuple[int, int | None, float]] = {
    "a3_matomo_visits_log_flat.csv": (40, 7, 349.3), "a5_posthog_events.csv": (10, None, 0),
    "a6_segment_track.ndjson": (10, 10, 200), "a8_adobe_feed.tsv": (10, 10, 200),
    "c1_two_times.csv": (3, None, 0), "canonical_synonyms.csv": (1, 1, 80), "cart_update.csv": (3, None, 0),
    "currencies.csv": (3, 3, 80), "currencies_sign.csv": (3, 3, 80), "date_time_split.csv": (2, 1, 40),
    "discount_line.csv": (1, 1, 30), "dow.csv": (3, 1, 0), "dup_purchase.csv": (2, 2, 80),
    "email_ids.csv": (7, None, 0), "event_id_dup.csv": (1, 1, 40), "excel_ids.csv": (4, 1, 40),
    "future.csv": (2, 1, 40), "ga4_full.csv": (1, 1, 59.9), "ga4_session.csv": (2, 1, 40),
    "german_thousands.csv": (2, 2, 3798), "items_json.jsonl": (2, 1, 70), "login_mid.csv": (2, 1, 40),
    "made_ga360_kaggle_train.csv": (80, 8, 448), "made_ga4_console_flat.csv": (40, 5, 100),
    "made_ga4_nested.ndjson": (40, 5, 100), "made_ga4_sql_flat.csv": (40, 5, 0),
    "made_otto.jsonl": (60, 8, 0), "made_retailrocket_events.csv": (60, 6, 0),
    "null_words.csv": (1, None, 0), "order_total_per_item.csv": (1, 1, 100), "outcome_words.csv": (3, 1, 0),
    "r10_many_words.csv": (80, 8, 0),
    "r11_empty_user.csv": (10, 10, 0), "r3_minus1.csv": (7, 1, 0), "r6b_purchased.csv": (60, 6, 150),
    "r7_rows_per_session.csv": (70, 20, 600), "r8_micros.csv": (6, 6, 53.94), "refund.csv": (4, 2, 110),
    "session_refund.csv": (3, 2, 40), "session_reused.csv": (5, 1, 40), "session_usd.csv": (3, 2, 95),
    "shopify_lines.csv": (1, 1, 95), "total_row.csv": (2, 1, 40), "tz.csv": (3, None, 0),
    "us_dates.csv": (2, 1, 40), "utm_case.csv": (6, None, 0),
}  # fmt: skip
NO_SESSIONS = {
    "b1_daily_report.csv", "b3_landing_pages.csv", "b4_product_report.csv", "made_shopify_orders_export.csv",
}  # fmt: skip
#: Of 47 words most are a shop's own: only the shop can say what they mean.
NEEDED = {"r10_many_words.csv"}


@pytest.mark.skipif(not CASES.is_dir(), reason="the small exports (../shared/cases) are not on this machine")
def test_of_the_small_exports_none_is_read_wrongly(tmp_path: Path):
    files = sorted(path for path in CASES.iterdir() if path.suffix != ".md")
    wrong, asked, refused = {}, set(), set()
    for file in files:
        path = tmp_path / file.name
        shutil.copyfile(file, path)
        try:
            found = inspect(path)
        except IngestError:
            refused.add(file.name)
            continue
        if found.needs_mapping:
            asked.add(file.name)
        made = export_of(path)
        buyers = made.n_buyers if made.report.told.has_outcomes else None
        if (len(made.rows), buyers, made.revenue) != RIGHT.get(file.name):
            wrong[file.name] = (len(made.rows), buyers, made.revenue)
    assert wrong == {}
    assert refused == NO_SESSIONS
    assert asked == NEEDED
    assert len(files) == len(RIGHT) + len(NO_SESSIONS)


@pytest.mark.parametrize("fixtures", [FLAT, TABLES, WRAPPED], ids=["flat", "tables", "wrapped"])
def test_of_the_formats_fixtures_none_is_asked_about(tmp_path: Path, fixtures: dict[str, tuple]):
    for name, fixture in fixtures.items():
        data, filename = (fixture[1], fixture[0]) if fixtures is WRAPPED else (fixture[0], "file.csv")
        data = fixture[1] if fixtures is TABLES else data
        assert not inspect(write(tmp_path, data, filename)).needs_mapping, name


def test_of_tables_that_hold_no_sessions_none_is_asked_about(tmp_path: Path):
    taken = []
    for what, (text, _) in REFUSED_TABLES.items():
        try:
            inspect(write(tmp_path, text))
        except IngestError:
            continue
        taken.append(what)
    assert taken == []
