"""Tables of one source that are one export: of Snowplow's e-commerce package, of Umami's database."""

from __future__ import annotations

import gzip

import duckdb
import pytest

from core.base.errors import IngestError
from core.ingest import SourceFile, ingest_files, inspect, inspect_files
from core.ingest.base.assumptions import IN_OTHER_TABLE
from tests.core.ingest.reading import SETTINGS, Read, read, write

_SHARED = "event_id,page_view_id,domain_sessionid,domain_userid,user_id,derived_tstamp,"
_PAGE = "11111111-2222-4333-8444-555555555555"


def _row(event: str, session: str, time: str, rest: str) -> str:
    return f"{event},{_PAGE},{session},u-{session},,2026-03-02 {time}+00:00,{rest}\n"


SNOWPLOW = {
    "products": "product_event_id,event_id,domain_sessionid,domain_userid,derived_tstamp,product_id,"
    "product_currency,product_price,product_quantity,is_product_view,is_add_to_cart,is_remove_from_cart,"
    "is_product_transaction,transaction_id\n"
    "a,e1,s1,u-s1,2026-03-02 10:00:00,p1,EUR,20,,true,false,false,false,\n"
    "b,e2,s1,u-s1,2026-03-02 10:01:00,p1,EUR,20,2,false,true,false,false,\n"
    "c,e3,s1,u-s1,2026-03-02 10:02:00,p1,EUR,20,2,false,false,false,true,T1\n"
    "d,e3,s1,u-s1,2026-03-02 10:02:00,p2,EUR,5,1,false,false,false,true,T1\n"
    "e,e4,s2,u-s2,2026-03-02 10:02:00,p2,EUR,5,,true,false,false,false,\n",
    "carts": f"{_SHARED}cart_id,cart_currency,cart_total_value,cart_created,cart_emptied,cart_transacted,"
    "ecommerce_action_type\n"
    + _row("e2", "s1", "10:01:00", ",EUR,40.0,True,False,False,add_to_cart")
    + _row("e3", "s1", "10:02:00", ",,,,,True,transaction"),
    "checkouts": f"{_SHARED}ecommerce_action_type,checkout_step_number,checkout_succeeded\n"
    + _row("e2b", "s1", "10:01:30", "checkout_step,1,False")
    + _row("e3", "s1", "10:02:00", "transaction,4,True"),
    "transactions": f"{_SHARED}transaction_id,transaction_currency,transaction_revenue\n"
    + _row("e3", "s1", "10:02:00", "T1,EUR,48.0"),
}
UMAMI = {
    "website_event": "event_id,website_id,session_id,visit_id,created_at,url_path,event_type,event_name\n"
    "e1,w,s1,v1,2026-03-02 10:00:00+00,/,1,\n"
    "e2,w,s1,v1,2026-03-02 10:01:00+00,/p,2,add-to-cart\n"
    "e3,w,s1,v1,2026-03-02 10:02:00+00,/ok,2,purchase\n"
    "e4,w,s2,v2,2026-03-02 10:00:00+00,/,1,\n"
    "e5,w,s2,v2,2026-03-02 10:00:30+00,/,2,newsletter-opened\n",
    "session": "session_id,website_id,hostname,browser,os,device,screen,language,country,city,created_at\n"
    "s1,w,h,chrome,Mac OS,desktop,1x1,de,DE,Berlin,2026-03-02 10:00:00+00\n"
    "s2,w,h,safari,iOS,mobile,1x1,fr,FR,Paris,2026-03-02 10:00:00+00\n",
    "revenue": "revenue_id,website_id,session_id,event_id,event_name,currency,revenue,created_at\n"
    "r1,w,s1,e3,purchase,EUR,49.9000,2026-03-02 10:02:00+00\n",
    "event_data": "event_data_id,website_id,website_event_id,data_key,string_value,number_value,data_type\n"
    "d1,w,e2,product_id,p7,,1\nd2,w,e2,price,24.9500,24.9500,2\nd3,w,e2,quantity,2.0000,2.0000,2\n"
    "d4,w,e3,revenue,49.9000,49.9000,2\nd5,w,e3,currency,EUR,,1\n",
}


def together(tmp_path, tables: dict[str, str], names: tuple[str, ...], *, mapping: bool = False) -> Read:
    files = [SourceFile(write(tmp_path, tables[name], f"{name}.csv"), f"{name}.csv") for name in names]
    found = inspect_files(files)
    assert not found.needs_mapping
    report = ingest_files(files, tmp_path / "read", mapping=mapping and found.mapping, settings=SETTINGS)
    return Read(report, tmp_path / "read")


def kinds(made: Read) -> list[tuple[str, str]]:
    return sorted((row["session_id"], row["event_type"]) for row in made.rows)


@pytest.mark.parametrize(("names", "mapping"), [(tuple(SNOWPLOW), False), (tuple(reversed(SNOWPLOW)), True)])
def test_all_tables_of_snowplows_package_count_each_event_once(tmp_path, names, mapping):
    made = together(tmp_path, SNOWPLOW, names, mapping=mapping)
    assert kinds(made) == [
        ("s1", "cart_add"), ("s1", "checkout"), ("s1", "product_view"), *[("s1", "purchase")] * 3,
        ("s2", "product_view"),
    ]  # fmt: skip
    assert [(money.currency, money.orders, money.gross) for money in made.report.money] == [("EUR", 1, 48.0)]
    assert made.report.rejected == {IN_OTHER_TABLE: 3}
    assert not any(made.severity == "warning" and "count" in made.text for made in made.report.assumptions)


@pytest.mark.parametrize("names", [("checkouts", "carts"), ("carts", "transactions")])
def test_an_order_that_two_tables_have_is_one(tmp_path, names):
    made = together(tmp_path, SNOWPLOW, names)
    assert [kind for kind in kinds(made) if kind[1] == "purchase"] == [("s1", "purchase")]


def test_tables_of_carts_and_checkouts_are_known_alone(tmp_path):
    for name, types in (("carts", ["cart_add", "purchase"]), ("checkouts", ["checkout", "purchase"])):
        made = read(write(tmp_path, SNOWPLOW[name], f"{name}.csv"))
        assert (made.report.format, sorted(made.column("event_type"))) == (f"snowplow_{name}", types)


@pytest.mark.parametrize(
    ("tables", "name", "with_it"),
    [
        (SNOWPLOW, "transactions", "product, cart and checkout interactions"),
        (UMAMI, "revenue", "website_event"),
        (UMAMI, "event_data", "website_event"),
    ],
)
def test_a_table_that_only_says_more_of_another_is_refused_with_what_to_upload(
    tmp_path, tables, name, with_it
):
    path = write(tmp_path, tables[name])
    files = [SourceFile(path, "a.csv")]
    if tables is UMAMI:
        files.append(SourceFile(write(tmp_path, UMAMI["session"], "s.csv"), "s.csv"))
    for look in (lambda: inspect(path), lambda: read(path), lambda: inspect_files(files)):
        with pytest.raises(IngestError, match=with_it):
            look()


@pytest.mark.parametrize("names", [("website_event", "session"), ("session", "website_event")])
def test_sessions_of_umami_say_where_its_events_come_from(tmp_path, names):
    made = together(tmp_path, UMAMI, names)
    assert {(row["session_id"], row["country"], row["device"]) for row in made.rows} == {
        ("v1", "DE", "desktop"), ("v2", "FR", "mobile"),
    }  # fmt: skip
    assert any("sessions from session.csv" in made.text for made in made.report.assumptions)
    assert any("newsletter-opened" in made.text for made in made.report.assumptions)


@pytest.mark.parametrize("names", [tuple(reversed(UMAMI)), ("event_data", "website_event")])
def test_what_events_of_umami_were_sent_with_is_theirs(tmp_path, names):
    made = together(tmp_path, UMAMI, names, mapping=True)
    assert [(money.currency, money.orders, money.gross) for money in made.report.money] == [("EUR", 1, 49.9)]
    (added,) = (row for row in made.rows if row["event_type"] == "cart_add")
    assert (added["product_id"], added["price"], added["quantity"]) == ("p7", 24.95, 2.0)
    assert len(made.rows) == made.report.rows_read == 5


def test_days_of_umami_share_a_table_of_sessions_however_they_are_packed(tmp_path):
    header, *rows = UMAMI["website_event"].splitlines(keepends=True)
    days = [gzip.compress((header + part).encode()) for part in ("".join(rows[:3]), "".join(rows[3:]))]
    files = [SourceFile(write(tmp_path, day, f"{i}.csv.gz"), f"{i}.csv.gz") for i, day in enumerate(days)]
    sessions = tmp_path / "session.parquet"
    table = write(tmp_path, UMAMI["session"], "session.csv")
    duckdb.execute(f"COPY (FROM '{table}') TO '{sessions}'")
    report = ingest_files(
        [SourceFile(sessions, "session.parquet"), *files], tmp_path / "read", settings=SETTINGS
    )
    assert set(Read(report, tmp_path / "read").column("country")) == {"DE", "FR"}


def test_rows_of_joined_tables_keep_their_numbers(tmp_path):
    text = UMAMI["website_event"].replace("2026-03-02 10:02:00+00", "sometime")
    made = together(tmp_path, {**UMAMI, "website_event": text}, ("session", "website_event"))
    assert [row["row in file"] for row in made.refused] == ["4"]
