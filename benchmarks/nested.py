"""How quickly nested records are read: a GA4 export of JSON lines against the same events as canonical CSV.

Plain and gzipped, in turn, each read (recognised, read, settled into canonical Parquet) in a process of its
own. Both must give the same sessions. Prints seconds, processor seconds and the ratio of events a second.

    python benchmarks/nested.py [--events 1000000] [--repeats 3] [--folder FOLDER]

Files made stay in FOLDER, if one is given, and are used again.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import duckdb  # noqa: E402

from benchmarks.history import record  # noqa: E402
from benchmarks.measure import machine  # noqa: E402
from benchmarks.score import EVENTS_PER_SESSION  # noqa: E402

LEAST = 0.6
#: Our event types in Google's words.
WORDS = {
    "page_view": "page_view", "list_view": "view_item_list", "product_view": "view_item",
    "click": "select_item", "search": "view_search_results", "cart_add": "add_to_cart",
    "cart_remove": "remove_from_cart", "cart_view": "view_cart", "checkout": "begin_checkout",
    "purchase": "purchase",
}  # fmt: skip


def main() -> None:
    """Make the files, read each in turn, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--folder", type=Path, default=None, help="Where files are made, and stay.")
    parser.add_argument("--read", type=Path, metavar="FILE", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.read:
        print(json.dumps(read(options.read)))
        return
    with tempfile.TemporaryDirectory() as folder:
        files = make_files(options.folder or Path(folder), options.events)
        compare(files, options.repeats)


def compare(files: dict[str, Path], repeats: int) -> None:
    """Read each file in turn and print the table."""
    runs: dict[str, list[dict[str, float]]] = {name: [] for name in files}
    for _ in range(repeats):
        for name, file in files.items():
            command = [sys.executable, __file__, "--read", str(file)]
            runs[name].append(json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout))
    counts = {(run["events"], run["sessions"], run["paid"]) for done in runs.values() for run in done}
    if len(counts) != 1:
        raise SystemExit(f"The files were not read alike: {counts}")
    print(f"{machine()}: {counts.pop()[0]:,.0f} events")
    for name, done in runs.items():
        size = files[name].stat().st_size / 1e9
        seconds, spent = (statistics.median(run[key] for run in done) for key in ("seconds", "cpu_seconds"))
        print(f"  {name:<12} {size:5.2f} GB {seconds:6.2f} s {spent:6.2f} s of processor")
    for nested, flat in (("JSON", "CSV"), ("JSON, gzip", "CSV, gzip"), ("JSON, gzip", "CSV")):
        for key, what in (("seconds", "by the clock"), ("cpu_seconds", "of the processor")):
            ratios = [b[key] / a[key] for a, b in zip(runs[nested], runs[flat], strict=True)]
            print(
                f"  {nested} against {flat}: {statistics.median(ratios):.2f} times the events a second "
                f"{what} ({min(ratios):.2f} to {max(ratios):.2f}; at least {LEAST})"
            )
    for name in ("", ", gzip"):
        ours, theirs = ([run["cpu_seconds"] for run in runs[kind + name]] for kind in ("JSON", "CSV"))
        record("nested", f"JSON against CSV{name}", ours, theirs)


def read(file: Path) -> dict[str, float]:
    """Read one file; return what it cost and what came of it."""
    from core.ingest import ingest

    with tempfile.TemporaryDirectory(dir=file.parent) as folder:
        began, used = time.perf_counter(), resource.getrusage(resource.RUSAGE_SELF)
        report = ingest(file, Path(folder) / "read")
        seconds, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_SELF)
        query = f"select count(distinct session_id) from '{folder}/read/events.parquet'"
        sessions = duckdb.execute(query).fetchall()[0][0]
    spent = after.ru_utime + after.ru_stime - used.ru_utime - used.ru_stime
    return {
        "seconds": seconds, "cpu_seconds": spent, "events": report.rows_kept, "sessions": sessions,
        "paid": sum(money.gross for money in report.money),
    }  # fmt: skip


def make_files(folder: Path, n_events: int) -> dict[str, Path]:
    """Return simulated events as a GA4 export and as canonical CSV, plain and gzipped, made if need be."""
    from core.simulate import write_events

    stem = f"ga4-{n_events}"
    files = {
        "CSV": folder / f"{stem}.csv", "JSON": folder / f"{stem}.json",
        "CSV, gzip": folder / f"{stem}.csv.gz", "JSON, gzip": folder / f"{stem}.json.gz",
    }  # fmt: skip
    if all(file.exists() for file in files.values()):
        return files
    events = folder / "simulated.parquet"
    write_events(events, n_sessions=round(n_events / EVENTS_PER_SESSION), seed=11)
    connection = duckdb.connect(config={"temp_directory": str(folder / "spill")})
    connection.execute(f"create view events as {_as_google_sees_them(events)}")
    for name, options in (("", ""), (", gzip", ", compression gzip")):
        connection.execute(f"copy ({_FLAT}) to '{files['CSV' + name]}' (format csv, header{options})")
        connection.execute(
            f"copy ({_LINES}) to '{files['JSON' + name]}' (format csv, header false, quote '', escape '', "
            f"delimiter '\x1f'{options})"
        )
    events.unlink()
    return files


def _as_google_sees_them(events: Path) -> str:
    words = " ".join(f"when '{ours}' then '{google}'" for ours, google in WORDS.items())
    return (
        f'select *, case event_type {words} end as word, epoch(min("timestamp") over (partition by '
        "session_id))::bigint as begun, revenue as total from "
        f"(select * replace (case when event_type = 'purchase' then revenue end as revenue) from '{events}')"
    )


_FLAT = """
select concat(visitor_id, '.', begun) as session_id, visitor_id, "timestamp", event_type,
  case when word in ('view_item', 'add_to_cart', 'remove_from_cart') then product_id end as product_id,
  case when word in ('view_item', 'add_to_cart', 'remove_from_cart') then category end as category,
  case when word in ('view_item', 'add_to_cart', 'remove_from_cart') then brand end as brand,
  case when word in ('view_item', 'add_to_cart', 'remove_from_cart') then price end as price,
  case when word in ('view_item', 'add_to_cart', 'remove_from_cart') then quantity end as quantity,
  revenue, currency, country, page, device, channel, is_returning,
  case when word = 'purchase' then concat('T', begun, visitor_id, epoch_us("timestamp")) end as order_id
from events where word is not null
"""
#: As Google's schema has it; what nobody reads is there too, as in every export.
_NESTED = """
select strftime("timestamp", '%Y%m%d') as event_date, epoch_us("timestamp")::varchar as event_timestamp,
  word as event_name,
  [{'key': 'ga_session_id', 'value': {'string_value': null::varchar, 'int_value': begun::varchar,
     'float_value': null::double, 'double_value': null::double}},
   {'key': 'ga_session_number', 'value': {'string_value': null, 'int_value':
     case when is_returning then '4' else '1' end, 'float_value': null, 'double_value': null}},
   {'key': 'page_location', 'value': {'string_value': page, 'int_value': null, 'float_value': null,
     'double_value': null}},
   {'key': 'page_title', 'value': {'string_value': 'A shop with a name and a claim', 'int_value': null,
     'float_value': null, 'double_value': null}},
   {'key': 'engagement_time_msec', 'value': {'string_value': null, 'int_value': '1234', 'float_value': null,
     'double_value': null}},
   {'key': 'currency', 'value': {'string_value': currency, 'int_value': null, 'float_value': null,
     'double_value': null}}] as event_params,
  visitor_id as user_pseudo_id, null::varchar as user_id, {'analytics_storage': 'Yes', 'ads_storage': 'Yes'}
  as privacy_info,
  {'category': device, 'mobile_brand_name': 'Apple', 'operating_system': 'iOS', 'language': 'de-de',
   'web_info': {'browser': 'Safari', 'browser_version': '17.4', 'hostname': 'www.example.com'}} as device,
  {'continent': 'Europe', 'country': country, 'region': 'Somewhere', 'city': 'A city'} as geo,
  {'name': '(direct)', 'medium': channel, 'source': 'somewhere'} as traffic_source,
  '1234567890' as stream_id, 'WEB' as platform,
  case when word = 'purchase' then {'purchase_revenue': revenue, 'transaction_id':
    concat('T', begun, visitor_id, epoch_us("timestamp"))} end as ecommerce,
  case when product_id is null then [] else [{'item_id': product_id, 'item_name': product_id,
    'item_brand': brand, 'item_category': category, 'price': price, 'quantity': quantity}] end as items
from events where word is not null
"""
#: BigQuery leaves out what is null.
_LINES = f"""
select regexp_replace(regexp_replace(to_json(columns(*))::varchar, '"[a-z_]+":null,', '', 'g'),
  ',?"[a-z_]+":null', '', 'g') from (select t from ({_NESTED}) t)
"""

if __name__ == "__main__":
    main()
