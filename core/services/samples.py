"""Small exports to try the product with, made on demand from the synthetic demo shop.

Each looks as if another tool had written it, so that a visitor sees what is recognised, what has to be
mapped and what each kind of export can tell. All of it is made up, and every one says so.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from pathlib import Path

import duckdb
import pyarrow as pa

from core.base.atomic_write import atomic_write
from core.base.errors import NotFoundError
from core.base.sql import literal
from core.features import rows_of
from core.simulate import simulate_events

SAMPLE_SESSIONS = 2_000
SAMPLE_SEED = 20
SAMPLE_DAYS = 14

#: The e-shop export has code books; these are the parts of them the demo shop can fill.
ESHOP_CATEGORIES = {"trousers": 1, "dresses": 2, "shirts": 3, "knitwear": 3, "sale": 4}
ESHOP_COLOURS = {"beige": 1, "black": 2, "blue": 3, "brown": 4, "gray": 6, "green": 7, "navy": 8}
ESHOP_COLOURS |= {"multicolour": 9, "pink": 11, "red": 12, "white": 14}
ESHOP_COUNTRIES = {"AT": 2, "BE": 3, "CZ": 9, "DE": 16, "FR": 15, "GB": 41, "IT": 22, "NL": 27, "PL": 29}
ESHOP_COUNTRIES |= {"ES": 36, "CH": 38, "US": 42}
ESHOP_NO_COUNTRY = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One export to try: its key, the file name it comes under, and what it shows."""

    name: str
    filename: str
    title: str
    text: str


_SAMPLES = (
    Sample(
        name="events",
        filename="synthetic-demo-shop-events.csv",
        title="Event log",
        text="Synthetic. Every page view, search, cart and purchase of two weeks, in our own column names.",
    ),
    Sample(
        name="sessions",
        filename="synthetic-session-rows.csv",
        title="One row per session",
        text="Synthetic. Visits already aggregated: clicks, average price, colour group, country, weekday.",
    ),
    Sample(
        name="rees46",
        filename="synthetic-rees46.csv",
        title="REES46 event log",
        text="Synthetic. Views, carts and purchases as REES46 exports them; no countries, no searches.",
    ),
    Sample(
        name="eshop",
        filename="synthetic-eshop-clicks.csv",
        title="Click stream with codes",
        text="Synthetic. Clicks only, coded as in the UCI e-shop data; no purchases.",
    ),
    Sample(
        name="unknown",
        filename="synthetic-unknown-columns.csv",
        title="Unrecognised columns",
        text="Synthetic. Headers and event names of its own, decimal commas: shows the mapping step.",
    ),
)


def samples() -> tuple[Sample, ...]:
    """Return the exports that can be tried."""
    return _SAMPLES


def sample_file(name: str, folder: Path) -> Path:
    """Make a sample export in a folder, unless it is there already from today; return its path.

    Raises
    ------
    NotFoundError
        If there is no such sample.
    """
    sample = next((sample for sample in _SAMPLES if sample.name == name), None)
    if sample is None:
        raise NotFoundError(
            f"There is no sample “{name}”.", remedy=f"Use one of {', '.join(s.name for s in _SAMPLES)}."
        )
    path = folder / sample.filename
    if path.exists() and datetime.fromtimestamp(path.stat().st_mtime, UTC).date() == _today():
        return path
    folder.mkdir(parents=True, exist_ok=True)
    with atomic_write(path) as partial:
        _WRITERS[name](_events(_today()), partial)
    return path


def _today() -> date:
    return datetime.now(UTC).date()


@lru_cache(maxsize=1)
def _events(today: date) -> pa.Table:
    start = today - timedelta(days=SAMPLE_DAYS)
    return simulate_events(SAMPLE_SESSIONS, seed=SAMPLE_SEED, start=start, days=SAMPLE_DAYS)


def _copy(events: pa.Table, sql: str, out: Path, options: str = "csv, header") -> None:
    with _connection(events) as connection:
        connection.execute(f"copy ({sql}) to {literal(out)} (format {options})")


def _connection(events: pa.Table) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.register("events", events)
    return connection


def _canonical(events: pa.Table, out: Path) -> None:
    _copy(events, 'select * exclude ("date") from events', out)


def _session_rows(events: pa.Table, out: Path) -> None:
    rows = rows_of(events)
    _copy(
        rows,
        """select session_id as "Session ID", round(price_mean, 2) as "Avg Price", clicks as "Clicks",
            dominant_colour_group as "Color Group", country as "Country",
            case day_of_week when 1 then 'Monday' when 2 then 'Tuesday' when 3 then 'Wednesday'
                when 4 then 'Thursday' when 5 then 'Friday' when 6 then 'Saturday' else 'Sunday'
            end as "Day of Week", page_views as "Page Views", cart_adds as "Cart Adds",
            round(duration_seconds) as "Duration", if(purchased, 'yes', 'no') as "Purchased",
            revenue as "Revenue"
        from events order by started_at, session_id""",
        out,
    )


def _rees46(events: pa.Table, out: Path) -> None:
    _copy(
        events,
        """select strftime("timestamp", '%Y-%m-%d %H:%M:%S UTC') as event_time,
            case event_type when 'product_view' then 'view' when 'cart_add' then 'cart'
                when 'cart_remove' then 'remove_from_cart' else 'purchase' end as event_type,
            hash(product_id) % 90000000 + 1000000 as product_id,
            2053013552000000000 + hash(category) % 1000000000 as category_id,
            'apparel.' || category as category_code, lower(brand) as brand, price,
            hash(visitor_id) % 90000000 + 500000000 as user_id, md5(session_id)::uuid as user_session
        from events where event_type in ('product_view', 'cart_add', 'cart_remove', 'purchase')
        order by "timestamp", session_id, "order\"""",
        out,
    )


def _eshop(events: pa.Table, out: Path) -> None:
    clicks = f"""select *, row_number() over (partition by session_id order by "order") as step
        from events where event_type = 'product_view'
            and category in ({", ".join(f"'{name}'" for name in ESHOP_CATEGORIES)})
            and colour in ({", ".join(f"'{name}'" for name in ESHOP_COLOURS)})"""
    _copy(
        events,
        f"""select year("timestamp") as "year", month("timestamp") as "month", day("timestamp") as "day",
            step as "order", {_code("country", ESHOP_COUNTRIES)} as "country",
            dense_rank() over (order by session_id) as "session ID",
            {_code("category", ESHOP_CATEGORIES)} as "page 1 (main category)",
            substr('ABCP', {_code("category", ESHOP_CATEGORIES)}, 1) || hash(product_id) % 60 + 1
                as "page 2 (clothing model)",
            {_code("colour", ESHOP_COLOURS)} as "colour", hash(product_id) % 6 + 1 as "location",
            hash(product_id) % 2 + 1 as "model photography", round(price)::int as "price",
            if(price > avg(price) over (partition by category), 1, 2) as "price 2",
            least(5, 1 + (step - 1) // 4) as "page"
        from ({clicks}) order by "timestamp", "session ID", step""",
        out,
        "csv, header, delimiter ';'",
    )


def _code(column: str, codes: dict[str, int]) -> str:
    cases = " ".join(f"when '{name}' then {code}" for name, code in codes.items())
    return f"case {column} {cases} else {ESHOP_NO_COUNTRY} end"


def _unknown(events: pa.Table, out: Path) -> None:
    _copy(
        events,
        """select session_id as "vorgang", strftime("timestamp", '%d.%m.%Y %H:%M:%S') as "wann",
            case event_type when 'product_view' then 'angesehen' when 'cart_add' then 'eingelegt'
                when 'cart_remove' then 'herausgenommen' when 'checkout' then 'kasse'
                when 'purchase' then 'gekauft' when 'search' then 'gesucht' else 'geblättert' end as "was",
            product_id as "ding", category as "regal", colour as "anstrich",
            replace(price::varchar, '.', ',') as "kostet", replace(revenue::varchar, '.', ',') as "summe",
            country as "woher"
        from events order by "timestamp", session_id, "order\"""",
        out,
        "csv, header, delimiter ';'",
    )


_WRITERS: dict[str, Callable[[pa.Table, Path], None]] = {
    "events": _canonical,
    "sessions": _session_rows,
    "rees46": _rees46,
    "eshop": _eshop,
    "unknown": _unknown,
}
