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
    "orders of WooCommerce Analytics": (
        table(
            "Date,Order #,Status,Customer,Customer type,Product(s),Items sold,Coupon(s),N. Revenue",
            "2026-03-02 10:04:11,1021,completed,A B,new,1× Shirt,1,,40",
            "2026-03-02 11:04:11,1022,refunded,B B,returning,2× Shirt,2,,80",
        ),
        "It is a list of orders",
    ),
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
    "hours": (table("Hour,Page views,Purchases,Revenue", *numbered("{i},{many},{few},99.5")), "each hour"),
    "weekdays": (
        table("Weekday,Views,Purchases", *numbered("day{i},{many},{few}", 7)),
        "one for each weekday",
    ),
    "search terms": (
        table("Search term,Searches,Purchases,Revenue", *numbered("term {i},{many},{few},99.5")),
        "one for each search term",
    ),
    "queries of a search console": (
        table("Top queries,Clicks,Impressions,CTR,Position", *numbered("q{i},{some},{many},1.5%,3.2")),
        "“Impressions”",
    ),
    "campaigns by their parameters": (
        table("utm_source,utm_medium,Clicks,Purchases", *numbered("s{i},cpc,{few},{few}")),
        "one for each channel",
    ),
    "a report of ads below its title": (
        "Campaign report\nMarch 1, 2026 - March 31, 2026\n"
        + table("Campaign,Clicks,Impr.,CTR,Cost,Conversions", *numbered("C{i},{some},{many},1%,9.5,{few}")),
        "“Impr.” counts them",
    ),
    "ads in German": (
        table("Kampagnenname;Reichweite;Impressionen;Link-Klicks", *numbered("C{i};{many};{many};{some}")),
        "“Reichweite”",
    ),
    "a newsletter's campaigns": (
        table("Campaign,Sent,Opens,Clicks", *numbered("C{i},{many},{some},{few}")),
        "“Sent”",
    ),
    "subscribers": (
        table("email,name,opt_in,created_at", *numbered("a{i}@x.de,Ann,yes,{day} 10:00:00")),
        "list of addresses",
    ),
    "products": (
        table("sku;name;price;quantity;category", *numbered("P{i};T{i};19,99;{some};Hats")),
        "list of products",
    ),
    "a feed of products": (
        table(
            "id,title,description,link,image_link,availability,price,brand,gtin",
            *numbered("P{i},T,d,https://x/{i},https://x/i,in stock,19.99 EUR,Acme,1"),
        ),
        "list of products",
    ),
    "recency, frequency, money": (
        table("CustomerID,Recency,Frequency,MonetaryValue", *numbered("c{i},{some},{few},99.5")),
        "rows are customers",
    ),
    "customers with their totals": (
        table("customer_id,orders,total_revenue,first_seen", *numbered("c{i},{few},9,{day}")),
        "rows are customers",
    ),
    "a value a day": (table("date,value", *numbered("{day},{some}")), "a single value"),
    "a value a moment": (table("timestamp,value", *numbered("{day} 10:00:00,{some}")), "a single value"),
    "orders with their visit": (
        table("order_id,session_id,created_at,total", *numbered("{i},s{i},{day} 10:00:00,40")),
        "list of orders",
    ),
    "orders in German": (
        table("Bestellnummer,Bestelldatum,Kunde,Gesamtbetrag", *numbered("{i},{day},A,40")),
        "list of orders",
    ),
    "payments": (
        table(
            "id,Created (UTC),Amount,Amount Refunded,Currency,Status,Fee",
            *numbered("c{i},{day},4,0,eur,Paid,1"),
        ),
        "list of orders",
    ),
    "Magento's grid of orders": (
        table(
            "ID,Purchase Point,Purchase Date,Bill-to Name,Ship-to Name,Grand Total (Base),"
            "Grand Total (Purchased),Status,Customer Email,Total Refunded",
            *numbered(
                '00000{many},Main Website,{day} 10:00:00,A B,A B,"$1,{many}.00",$45.00,processing,'
                "a{i}@example.com,"
            ),
        ),
        "list of orders",
    ),
    "a grid of orders in German": (
        table(
            "ID;Bestellt am;Rechnungsname;Gesamtbetrag (Basis);Status",
            *numbered("{many};{day} 10:00;A B;45,00;Storniert"),
        ),
        "list of orders",
    ),
    "PrestaShop's list of orders": (
        table(
            "ID;Reference;New client;Delivery;Customer;Total;Payment;Status;Date",
            *numbered("{i};XKB{i};1;France;J. DOE;€61.80;Bank wire;Awaiting payment;{day} 10:00:00"),
        ),
        "list of orders",
    ),
    "landing pages in Spanish": (
        table("Página de destino;Vistas;Compras;Ingresos", *numbered("/p{i};{many};{some};99,50")),
        "one for each page",
    ),
    "a campaign report in Italian": (
        table("Campagna;Clic;Costo;Conversioni;Entrate", *numbered("C{i};{many};10,5;{some};99,50")),
        "one for each campaign",
    ),
    "weeks": (
        table("Week commencing,Pageviews,Purchases,Revenue", *numbered("{day},{many},{some},995.5")),
        "one for each period",
    ),
    "customers in French": (
        table(
            "id client;nombre de commandes;montant total;dernière commande", *numbered("K{i};{few};9,5;{day}")
        ),
        "rows are customers",
    ),
    "customers in Spanish": (
        table("cliente,pedidos,gasto total,último pedido", *numbered("K{i},{few},99.5,{day}")),
        "rows are customers",
    ),
    "visitors with all they ever did": (
        table(
            "visitor_id,page_views,purchases,revenue,first_visit,last_visit",
            *numbered("v{i},{some},{few},99.5,{day},{day}"),
        ),
        "rows are customers",
    ),
    "orders in Spanish": (
        table("Nº pedido;Fecha;Importe;Estado", *numbered("P{i};{day};{some},00;pagado")),
        "list of orders",
    ),
    "hashed addresses and numbers": (
        table("email_sha256,phone_sha256,country", *(f"{i:064x},{i + 9:064X},DE" for i in range(4))),
        "list of hashed ids",
    ),
    "conversions for an ad platform": (
        table("gclid,conversion_time,conversion_value,currency", *numbered("G{i},{day} 10:00:00,40,EUR")),
        "list of orders",
    ),
    "receipts": (
        table("receipt_no,store,cashier,timestamp,total", *numbered("{i},B,c,{day} 10:00:00,40")),
        "list of orders",
    ),
}
SESSIONS = {
    "of visitors who are known, without ids": table(
        "visitor_id,page_views,last_visit,country,purchased", *numbered("v{i},{few},{day},DE,no")
    ),
    "without ids": table("page_views,duration,country,purchased", *numbered("{few},{some},DE,0")),
    "one a day, not labelled": table(
        "date,page_views,product_views,country", *numbered("{day},{few},{few},DE")
    ),
    "with a count of visits so far": table(
        "session_id,visits,page_views,cart_adds,purchased", *numbered("s{i},{few},{few},1,1")
    ),
    "with the number of their order": table(
        "session_id,page_views,cart_adds,purchased,revenue,order_id", *numbered("s{i},{few},1,1,40,T{i}")
    ),
    "by the hour, without ids": table(
        "hour,page_views,product_views,purchased", *numbered("{i},{few},{few},no")
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
