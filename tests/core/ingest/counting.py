"""How all small exports, fixtures and real data are read, counted: right, refused, asked about, or wrongly.

``python -m tests.core.ingest.counting`` prints the counts.
"""

from __future__ import annotations

import csv
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from core.base.errors import IngestError
from core.ingest import inspect
from tests.conftest import SHARED_DATA
from tests.core.ingest.reading import write
from tests.core.ingest.sessions_of import export_of
from tests.core.ingest.siblings.rewritten import WRITTEN, rewritten
from tests.core.ingest.test_refusals import REFUSED as REFUSED_TABLES
from tests.core.ingest.test_tracker_tables import TABLES
from tests.core.ingest.test_trackers import FLAT
from tests.core.ingest.test_wrapped import WRAPPED

CASES = SHARED_DATA.parent / "cases"
#: What a file comes to: sessions, buyers (None: it doesn't say who bought) and revenue.
Numbers = tuple[int, int | None, float]
#: File -> sessions, buyers (None: it doesn't say who bought) and revenue, worked out by hand.
RIGHT: dict[str, Numbers] = {
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
#: Of 47 words most are a shop's own, and nothing says which of day and month is first: only the shop can.
NEEDED = {"r10_many_words.csv", "us_dates.csv"}
#: Exports of trackers have names and words of their own, which nobody translates; in others, what a comma
#: parts isn't to be told from what it writes.
_AS_THEY_ARE = ("a3_", "a5_", "a8_", "made_", "ga4", "r8_", "r10_", "r11_", "german", "currencies_sign")


@dataclass
class Count:
    """Files by what came of them; those asked about, refused or read wrongly by name."""

    right: int = 0
    refused: set[str] = field(default_factory=set)
    asked: set[str] = field(default_factory=set)
    wrong: dict[str, object] = field(default_factory=dict)

    def add(self, name: str, path: Path, right: Numbers | None) -> None:
        """Read a file and compare what it comes to; without numbers, see only whether it is asked about."""
        try:
            found = inspect(path)
        except IngestError:
            self.refused.add(name)
            return
        if found.needs_mapping:
            self.asked.add(name)
        numbers = _numbers(path) if right is not None else None
        if numbers == right:
            self.right += 1
        else:
            self.wrong[name] = numbers


def _numbers(path: Path) -> Numbers:
    made = export_of(path)
    return len(made.rows), made.n_buyers if made.report.told.has_outcomes else None, made.revenue


def cases(folder: Path) -> Count:
    """Count the small exports with the right answer beside them."""
    count = Count()
    for file in sorted(path for path in CASES.iterdir() if path.suffix != ".md"):
        path = folder / file.name
        shutil.copyfile(file, path)
        count.add(file.name, path, RIGHT.get(file.name, (-1, None, 0)))
    return count


def siblings(folder: Path, *, every: bool = False) -> Count:
    """Count those exports written otherwise: each in one way, or in every one."""
    count = Count()
    names = [name for name in RIGHT if name.endswith(".csv") and not name.startswith(_AS_THEY_ARE)]
    for number, name in enumerate(names):
        for way in range(len(WRITTEN)) if every else [number % len(WRITTEN)]:
            data = rewritten((CASES / name).read_text(encoding="utf-8"), way)
            count.add(f"{name} {way}", write(folder, data, f"{way}-{name}"), RIGHT[name])
    return count


def formats(folder: Path) -> Count:
    """Count the fixtures of formats, whose numbers tests of their own compare."""
    count = Count()
    fixtures: Iterator[tuple[str, str, str | bytes]] = iter(
        [(name, "file.csv", data) for name, (data, *_) in FLAT.items()]
        + [(name, "file.csv", data) for name, (_, data, *_) in TABLES.items()]
        + [(name, filename, data) for name, (filename, data) in WRAPPED.items()]
    )
    for name, filename, data in fixtures:
        count.add(name, write(folder, data, filename), None)
    return count


def other_tables(folder: Path) -> Count:
    """Count tables that hold no sessions, all of which are to be refused."""
    count = Count()
    for what, (text, _) in REFUSED_TABLES.items():
        count.add(what, write(folder, text), None)
    return count


def real(folder: Path) -> Count:
    """Count the real exports; the right numbers are published ones, or added up here."""
    count = Count()
    for name, right in {
        "online_shoppers_intention.csv": (12_330, 1_908, 0.0),
        "eshop_clothing_2008.csv.gz": (24_026, None, 0.0),
        "rees46_2019-10-01.csv": _rees46(),
    }.items():
        path = folder / name
        path.symlink_to(SHARED_DATA / name)
        count.add(name, path, right)
    return count


def _rees46() -> Numbers:
    with (SHARED_DATA / "rees46_2019-10-01.csv").open(encoding="utf-8") as stream:
        # The last row is cut off.
        rows = {
            tuple(row) for row in csv.reader(stream) if len(row) == 9 and row[8] and row[0] != "event_time"
        }
    bought = [row for row in rows if row[1] == "purchase"]
    revenue = round(sum(float(row[6]) for row in bought), 6)
    return len({row[8] for row in rows}), len({row[8] for row in bought}), revenue


def main() -> None:
    """Print the counts of every group."""
    groups = {
        "small exports": cases, "written otherwise": lambda folder: siblings(folder, every=True),
        "formats": formats, "other tables": other_tables, "real exports": real,
    }  # fmt: skip
    print(f"{'':20} {'right':>6} {'refused':>8} {'asked':>6} {'wrong':>6}")
    for title, group in groups.items():
        with tempfile.TemporaryDirectory() as folder:
            count = group(Path(folder))
        print(f"{title:20} {count.right:6} {len(count.refused):8} {len(count.asked):6} {len(count.wrong):6}")
        for name, numbers in count.wrong.items():
            print(f"    wrong: {name}: {numbers}")
        for name in sorted(count.asked):
            print(f"    asked: {name}")


if __name__ == "__main__":
    main()
