"""A shop's orders as outcomes: once each, what came to nothing or before left out, currencies apart."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from core.audiences import Definition, select
from core.audiences.members import Members, write
from core.base.errors import UpliftError
from core.base.formulas import harmless
from core.uplift import measure
from core.uplift.cautions import listing
from core.uplift.outcome_records import Outcomes
from core.uplift.outcome_table import read_sheet
from core.uplift.outcomes import cautions, from_file
from tests.core.audiences.independent import is_held_out
from tests.core.ingest.test_cases import case
from tests.core.results.scored import scored_frame, write_scored
from tests.core.uplift.test_outcomes import source_of

SINCE = datetime(2024, 2, 1)
Campaign = Callable[..., Members]


@pytest.fixture
def campaign(tmp_path: Path) -> Campaign:
    """Return what makes an audience of visitors by their ids."""

    def make(ids: list[str], held_out: float = 0.0, since: datetime | None = SINCE) -> Members:
        frame = scored_frame(len(ids), seed=2)
        frame["visitor_id"] = ids
        source = source_of(write_scored(frame, tmp_path / "scored.parquet"), "January")
        definition = Definition(pick="all", held_out=held_out, salt="s", leave_out_buyers=False)
        return replace(write(select(source, definition), tmp_path / "members.parquet"), last=since)

    return make


def read(members: Members, text: str | bytes, name: str = "orders.csv") -> Outcomes:
    return from_file(members, read_sheet(text.encode() if isinstance(text, str) else text, name))


def revenue(found: Outcomes) -> float:
    return (found.treated.revenue or 0.0) + (found.held_out.revenue or 0.0)


def buyers(found: Outcomes) -> int:
    return found.treated.buyers + found.held_out.buyers


def test_a_shopify_export_counts_each_order_once(campaign: Campaign) -> None:
    content = case("made_shopify_orders_export.csv").read_bytes()
    found = read(campaign([f"a{n}@example.com" for n in range(25)]), content)
    assert found.columns["id"] == "Email"
    assert found.columns["order_id"] == "Name"
    assert found.columns["timestamp"] == "Created at"
    assert buyers(found) == 25
    # 40 orders of 24.90, 25.90, ... 63.90.
    assert revenue(found) == pytest.approx(sum(24.9 + n for n in range(40)))
    assert not found.warnings


def test_magentos_grid_of_orders_counts_each_order_once(campaign: Campaign) -> None:
    rows = (
        "ID,Purchase Point,Purchase Date,Bill-to Name,Grand Total (Base),Grand Total (Purchased),Status,"
        "Customer Email,Total Refunded\n"
        '000000001,Main,2024-03-01 10:00:00,A,"$1,045.00","$1,045.00",complete,a@example.com,\n'
        '000000001,Main,2024-03-01 10:00:00,A,"$1,045.00","$1,045.00",complete,a@example.com,\n'
        "000000002,Main,2024-03-01 10:00:00,B,$20.00,$20.00,canceled,b@example.com,\n"
        "000000003,Main,2024-03-01 10:00:00,C,$30.00,$30.00,complete,c@example.com,10\n"
    )
    found = read(campaign([f"{who}@example.com" for who in "abc"]), rows)
    assert (buyers(found), revenue(found)) == (2, 1065)


def test_a_total_on_the_first_line_only_counts_once(campaign: Campaign) -> None:
    found = read(campaign(["v1"]), case("shopify_lines.csv").read_bytes())
    assert (buyers(found), revenue(found)) == (1, 95)


@pytest.mark.parametrize(
    ("lines", "paid"),
    [
        ("o1,a,p1,40,95\no1,a,p2,50,95\n", 95),  # the total on each line
        ("o1,a,p1,40,95\no1,a,p2,50,\n", 95),  # on the first only
        ("o1,a,p1,40,40\no1,a,p2,50,50\n", 90),  # lines that add up
        ("o1,a,p1,40,40\no1,a,p1,40,40\no2,a,p1,40,40\n", 80),  # one sent twice, and another order
    ],
)
def test_an_order_counts_once_however_its_lines_are_written(
    campaign: Campaign, lines: str, paid: float
) -> None:
    head = "order_id,customer,product_id,price,total\n"
    found = read(campaign(["a"]), head + lines)
    assert (buyers(found), revenue(found)) == (1, paid)
    backwards = read(campaign(["a"]), head + "\n".join(reversed(lines.split())) + "\n")
    assert revenue(backwards) == paid


def test_orders_that_came_to_nothing_make_no_buyer(campaign: Campaign) -> None:
    rows = (
        "order_id,customer,status,total\n1,a,paid,10\n2,b,Cancelled,20\n3,c,pending,30\n4,d,refunded,40\n"
        "5,e,in the post,50\n"
    )
    found = read(campaign(list("abcde")), rows)
    assert (buyers(found), revenue(found)) == (2, 60)
    assert found.treated.listed == 5
    told = cautions(found)
    assert "2 orders are left out: cancelled, failed or not paid yet." in told
    assert "1 order is left out: fully refunded." in told
    assert any("“in the post”" in text for text in told)


def test_the_latest_status_of_an_order_holds_and_refunds_lower_it(campaign: Campaign) -> None:
    rows = (
        "Name,Email,Financial Status,Total,Cancelled at,Refunded Amount,Created at\n"
        "#1,a,paid,10,,0.00,2024-03-01\n#2,b,paid,20,2024-03-04,0.00,2024-03-02\n"
        "#3,c,partially_refunded,30,,12.50,2024-03-03\n"
    )
    found = read(campaign(list("abc")), rows)
    assert (buyers(found), revenue(found)) == (2, 27.5)


@pytest.mark.parametrize(("first", "then", "bought"), [("pending", "paid", 1), ("paid", "cancelled", 0)])
def test_the_later_status_wins_wherever_it_stands(
    campaign: Campaign, first: str, then: str, bought: int
) -> None:
    rows = [f"1,a,2024-03-01 10:00:00,{first},10", f"1,a,2024-03-02 10:00:00,{then},10", "2,b,,paid,5"]
    for order in (rows, rows[::-1]):
        found = read(campaign(["a", "b"]), "\n".join(["order_id,customer,created_at,status,total", *order]))
        assert (buyers(found), revenue(found)) == (1 + bought, 5 + 10 * bought)


def test_what_was_before_the_choice_is_no_outcome(campaign: Campaign) -> None:
    head = "order_id,customer,created_at,total\n"
    old = "1,a,2024-01-31 23:59:59,10\n"
    found = read(campaign(["a", "b"]), head + old + "2,b,2024-02-01T00:30:00+00:00,20\n3,b,,5\n")
    assert (buyers(found), revenue(found)) == (1, 25)
    assert "1 order is left out: placed up to 1 Feb 2024, 00:00 UTC" in cautions(found)[0]
    with pytest.raises(UpliftError, match="placed before the audience was made"):
        read(campaign(["a", "b"]), head + old)
    # By the shop's own clock it was March already; the moment decides.
    zoned = "1,a,2024-02-01 00:30:00 +0100,10\n2,b,2024-03-01 00:00:00 +0100,5\n"
    assert revenue(read(campaign(["a", "b"]), head + zoned)) == 5
    assert revenue(read(campaign(["a", "b"], since=None), head + zoned)) == 15


def test_currencies_are_never_one_sum(campaign: Campaign) -> None:
    members = campaign(["v1", "v2", "v3"])
    for name in ("currencies.csv", "currencies_sign.csv"):
        found = read(members, case(name).read_bytes(), name)
        assert (buyers(found), revenue(found), found.currency) == (3, 80, "EUR"), name
        assert any("1 order in JPY (6,400.00 JPY)" in text for text in cautions(found))


def test_another_currency_than_the_results_is_named(campaign: Campaign) -> None:
    found = read(campaign(["a", "b"]), "customer,revenue_usd\na,10\nb,15.50\n")
    assert (revenue(found), found.currency) == (25.5, "USD")


def test_cents_and_doubtful_thousands_are_told(campaign: Campaign) -> None:
    found = read(campaign(["a", "b"]), "customer,revenue_cents\na,1000\nb,1550\n")
    assert revenue(found) == 25.5
    assert "“revenue_cents” is read as hundredths of a unit." in found.notes
    doubtful = read(campaign(["a", "b"]), "customer,revenue\na,1.299\nb,2.499\n")
    assert any("could be thousands or decimals" in text for text in cautions(doubtful))


def test_refund_events_are_told(campaign: Campaign) -> None:
    rows = "customer,event,revenue,order_id\na,purchase,10,1\na,refund,10,1\nb,page_view,,\n"
    found = read(campaign(["a", "b"]), rows)
    assert (buyers(found), revenue(found)) == (1, 10)
    assert "1 refund in the file: revenue is before refunds." in cautions(found)


def test_one_customer_with_most_of_the_revenue_is_told(campaign: Campaign) -> None:
    found = read(campaign(list("abc")), "customer,total\na,9000\nb,10\nc,20\n")
    assert any("One customer paid >99% of all revenue" in text for text in cautions(found))
    even = read(campaign(list("abc")), "customer,total\na,9\nb,10\nc,11\n")
    assert not any("One customer" in text for text in cautions(even))


def test_a_group_nobody_of_is_listed_is_no_effect(campaign: Campaign) -> None:
    members = campaign([f"v{n}" for n in range(200)], held_out=0.5)
    everybody = read(members, "id,bought\n" + "\n".join(f"v{n},{n % 2}" for n in range(200)))
    assert measure(treated=everybody.treated.group, held_out=everybody.held_out.group).verdict == "unclear"
    assert listing(everybody).p_value == 1
    contacted = [n for n in range(200) if not is_held_out(f"v{n}", 0.5, "s")]
    found = read(members, "id,bought\n" + "\n".join(f"v{n},1" for n in contacted))
    told = measure(treated=found.treated.group, held_out=found.held_out.group)
    assert told.verdict == "unknown"
    assert told.difference is told.extra_buyers is None
    assert "nobody who was held out is in the outcomes" in told.sentence


def test_groups_that_are_listed_unequally_are_told_first(campaign: Campaign) -> None:
    members = campaign([f"v{n}" for n in range(200)], held_out=0.5)
    some = [n for n in range(200) if n % 3 == 0 or not is_held_out(f"v{n}", 0.5, "s")]
    found = read(members, "id,bought\n" + "\n".join(f"v{n},{n % 2}" for n in some))
    told = listing(found)
    assert told.is_unequal
    assert f"{found.held_out.listed} of {found.held_out.n} held out" in told.sentence
    # Where only buyers are listed, unequal listings are the effect itself.
    only = read(members, "id,bought\n" + "\n".join(f"v{n},1" for n in some))
    assert listing(only).p_value is None
    assert "can't be checked" in listing(only).sentence


@pytest.mark.parametrize("raw", ["+1 (800) 555-0102", "-5", '=HYPERLINK("http://x")', "@handle"])
def test_an_apostrophe_of_a_spreadsheet_is_taken_off(campaign: Campaign, raw: str) -> None:
    written = harmless(raw).replace('"', '""')
    assert written.startswith("'")
    found = read(campaign([raw, "other"]), f'id,bought\n"{written}",1\nother,0\n')
    assert (found.matched, buyers(found)) == (2, 1)


def test_what_was_read_comes_back_from_the_store(campaign: Campaign) -> None:
    found = read(campaign(["a", "b"]), "order_id,customer,status,total\n1,a,paid,10\n2,b,cancelled,9\n")
    assert Outcomes.from_dict(found.to_dict()) == found
    old = {name: value for name, value in found.to_dict().items() if name not in ("warnings", "currency")}
    assert Outcomes.from_dict(old).warnings == ()


@pytest.mark.parametrize(
    ("rows", "n_buyers", "paid"),
    [
        # said in other words than yes and no
        ("customer,outcome\na,completed\nb,abandoned\n", 1, 0),
        ("customer,gekauft\na,Kauf\nb,kein Kauf\n", 1, 0),
        # what a row says of being paid back
        ("customer,order_id,total,is_refund\na,1,40,no\nb,2,50,yes\n", 1, 40),
        ("customer,order_id,total,transaction_type\na,1,40,sale\nb,2,50,refund\n", 1, 40),
        ("customer,order_id,total,refund_amount\na,1,40,\nb,2,50,10\n", 2, 80),
        # a refund of an order that the file doesn't have
        ("customer,total\na,40\nb,-40\nc,30\n", 2, 70),
        # amounts that only a word and a currency name
        ("customer,order_id,amount_usd\na,1,40\nb,2,50\n", 2, 90),
    ],
)
def test_outcomes_in_other_words(campaign: Campaign, rows: str, n_buyers: int, paid: float) -> None:
    found = read(campaign(list("abc")), rows)
    assert (buyers(found), revenue(found)) == (n_buyers, paid)


def test_ids_that_a_spreadsheet_or_a_data_frame_changed(campaign: Campaign) -> None:
    whole = read(campaign(["1001", "1002"]), "customer,order_id,total\n1001.0,1,40\n1002.0,2,50\n")
    assert (buyers(whole), revenue(whole)) == (2, 90)
    spoilt = read(campaign(["1234567890123", "5"]), "customer,order_id,total\n1.23457E+12,1,40\n5,2,50\n")
    assert any("1 of the ids lost digits" in text for text in cautions(spoilt))


def test_orders_of_the_future_are_told(campaign: Campaign) -> None:
    found = read(campaign(["a"]), "customer,order_id,order_date,total\na,1,2099-03-02 10:00,40\n")
    assert any("a date in the future" in text for text in cautions(found))
