"""Tables that hold no sessions are refused with a reason; small tables of sessions are not taken for them."""

from __future__ import annotations

import pytest

from core.base.errors import IngestError
from core.ingest import Mapping, ingest, inspect
from tests.core.ingest.reading import SETTINGS, write


def table(header: str, *rows: str) -> str:
    return "\n".join((header, *rows)) + "\n"


def numbered(row: str, n: int = 12) -> list[str]:
    return [
        row.format(i=i, day=f"2024-01-{i + 1:02}", many=300 + i, some=30 + i, few=2 + i % 3) for i in range(n)
    ]


REFUSED = {
    "a report of Google Analytics with its comments": (
        "# ----------------------------------------\n# Traffic acquisition\n# Start date: 20240101\n#\n"
        + table(
            "Session default channel group,Engaged sessions,Event count,Key events,Total revenue",
            "Organic Search,1200,9000,30,1200.5",
            "Direct,800,5000,20,800",
        ),
        "“Engaged sessions” counts them",
    ),
    "a report of events": (
        table(
            "Event name,Event count,Total users", "page_view,900,300", "purchase,12,10", "add_to_cart,40,30"
        ),
        "“Event count” counts them",
    ),
    "a German report": (
        table("Datum;Sitzungen;Nutzer;Umsatz", *numbered("{day};{many};{some};99,50")),
        "“Sitzungen”",
    ),
    "a report of Matomo": (
        table("label,nb_visits,nb_actions,revenue", *numbered("/p/{i},{many},{many},3")),
        "nb_visits",
    ),
    "days without a count of sessions": (
        table("Date,Page views,Purchases,Revenue", *numbered("{day},{many},{few},99.5")),
        "one for each day",
    ),
    "countries": (
        table("Country,Product views,Added to cart,Purchases", *numbered("Land {i},{many},{some},{few}")),
        "one for each place",
    ),
    "a campaign report": (
        table("Campaign,Clicks,Impressions,Cost,Conversions", *numbered("C{i},{some},{many},10.5,{few}")),
        "“Impressions”",
    ),
    "people with their visits": (
        table("client_id,sessions,transactions,revenue", *numbered("u{i},{few},1,20.5")),
        "totals of many sessions",
    ),
    "orders of WooCommerce": (
        table(
            "Order Number,Order Status,Order Date,Customer Note,Order Total Amount,Item Name,Quantity",
            *numbered("{many},wc-completed,{day} 10:00,,24.90,Cap,1"),
        ),
        "list of orders",
    ),
    "invoices": (
        table(
            "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country",
            *numbered("5363{i},85123A,HEART HOLDER,6,{day} 08:26,2.55,17850,United Kingdom"),
        ),
        "list of orders",
    ),
    "customers": (
        table(
            "customer_id,First Name,Last Name,Email,Orders Count,Total Spent",
            *numbered("{i},Ann,B,a{i}@example.com,{few},99.5"),
        ),
        "rows are customers",
    ),
    "a list of addresses": (table("email", *numbered("a{i}@example.com")), "single column"),
}
SESSIONS = {
    "without ids": table("page_views,duration,country,purchased", *numbered("{few},{some},DE,0")),
    "one a day, not labelled": table(
        "date,page_views,product_views,country", *numbered("{day},{few},{few},DE")
    ),
    "with a count of visits so far": table(
        "session_id,visits,page_views,cart_adds,purchased", *numbered("s{i},{few},{few},1,1")
    ),
    "long ones of a shop that knows who bought": table(
        "date,page_views,product_views,purchased", *numbered("{day},{many},{some},yes")
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_no_sessions(tmp_path, what):
    text, reason = REFUSED[what]
    with pytest.raises(IngestError, match=reason) as refused:
        inspect(write(tmp_path, text))
    assert "Export the events instead" in str(refused.value)


@pytest.mark.parametrize("what", SESSIONS)
def test_sessions_are_no_totals(tmp_path, what):
    assert inspect(write(tmp_path, SESSIONS[what])).kind == "sessions"


def test_whoever_maps_the_columns_is_not_refused(tmp_path):
    path = write(tmp_path, REFUSED["days without a count of sessions"][0])
    mapping = Mapping(kind="sessions", columns={"page_views": "Page views", "revenue": "Revenue"})
    assert ingest(path, tmp_path / "out", mapping=mapping, settings=SETTINGS).rows_kept == 12
