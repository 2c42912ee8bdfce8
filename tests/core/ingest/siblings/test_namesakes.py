"""Columns whose heading means something else in this export: their cells tell, and it isn't taken for it."""

from __future__ import annotations

from datetime import datetime

import pytest

from core.ingest import inspect
from tests.core.ingest.reading import write
from tests.core.ingest.sessions_of import export_of

HEAD = "session_id,timestamp,event_type,revenue"
WORDS = ("page_view", "purchase", "purchase")


def log(heading: str, cells: tuple[str, str, str], *, n: int = 6, head: str = HEAD) -> str:
    """Six sessions that look and buy, the purchase delivered twice; ``{n}`` in a cell is the session's."""
    rows = [
        f"s{i},2026-03-{10 + i} 10:0{place}:00,{word},{'' if place == 0 else 40},{cell.format(n=i)}"
        for i in range(1, n + 1)
        for place, (word, cell) in enumerate(zip(WORDS, cells, strict=True))
    ]
    return "\n".join([f"{head},{heading}", *rows, ""])


@pytest.mark.parametrize(
    ("heading", "cells"),
    [
        ("client", ("web", "ios", "Android")),
        ("customer", ("new", "returning", "new")),
        ("cookie", ("accepted", "declined", "accepted")),
        ("user", ("yes", "no", "yes")),
        ("kunde", ("Neukunde", "Bestandskunde", "Neukunde")),
        ("invoice", ("no", "yes", "yes")),
        ("variant", ("A", "B", "A")),
        ("variant_id", ("control", "variant 1", "control")),
        ("order", ("0", "1", "1")),
        ("enhet", ("st", "st", "kg")),
    ],
)
def test_what_its_cells_show_to_be_something_else_is_not_used(tmp_path, heading, cells):
    found = inspect(write(tmp_path, log(heading, cells)))
    assert not found.needs_mapping
    assert heading not in found.mapping.columns.values()
    assert found.unused == (heading,)


def test_kinds_of_apps_raise_no_question_in_a_log_of_known_names(tmp_path):
    text = log("client", ("web", "ios", "web"), head="sitzung,zeitpunkt,ereignis,umsatz")
    found = inspect(write(tmp_path, text))
    assert not found.needs_mapping
    assert "visitor_id" not in found.mapping.columns


@pytest.mark.parametrize(
    ("heading", "cells", "target"),
    [
        ("client", ("c{n}", "c{n}", "c{n}"), "visitor_id"),
        ("customer", ("Anna", "Anna", "Bert"), "visitor_id"),
        ("variant", ("red-{n}", "red-{n}", "red-{n}"), "product_id"),
        ("variant_id", ("4001{n}", "4001{n}", "4001{n}"), "product_id"),
        ("order", ("1", "2", "3"), "order"),
        ("enhet", ("mobil", "mobil", "dator"), "device"),
    ],
)
def test_what_fits_its_heading_is_used(tmp_path, heading, cells, target):
    found = inspect(write(tmp_path, log(heading, cells)))
    assert found.mapping.columns[target] == heading


@pytest.mark.parametrize(
    ("heading", "cells"),
    [
        ("order", ("100{n}", "100{n}", "100{n}")),
        ("order", ("", "100{n}", "100{n}")),
        ("ordine", ("", "100{n}", "100{n}")),
        ("ordre", ("", "A-{n}", "A-{n}")),
        ("référence", ("", "XKB{n}", "XKB{n}")),
        ("reference", ("", "XKB{n}", "XKB{n}")),
    ],
)
@pytest.mark.parametrize("head", [HEAD, "session,horodatage,événement,montant"])
def test_numbers_of_orders_are_told_from_places_and_products(tmp_path, heading, cells, head):
    path = write(tmp_path, log(heading, cells, head=head))
    assert not inspect(path).needs_mapping
    found = export_of(path)
    assert (len(found.rows), found.n_buyers, found.revenue) == (6, 6, 240)


def test_places_of_events_that_are_delivered_twice_are_no_orders(tmp_path):
    head, *rows = log("order", ("1", "2", "3")).splitlines()
    found = inspect(write(tmp_path, "\n".join([head, *(row for row in rows for _ in range(2)), ""])))
    assert found.mapping.columns["order"] == "order"
    assert "order_id" not in found.mapping.columns


@pytest.mark.parametrize("cells", [("R1", "R1", "R2"), ("", "R1", "R2")])
def test_references_of_several_sessions_are_products(tmp_path, cells):
    found = inspect(write(tmp_path, log("référence", cells)))
    assert found.mapping.columns["product_id"] == "référence"


@pytest.mark.parametrize("names", [("item_no", "sku"), ("sku", "item_no")])
def test_a_place_in_the_cart_is_no_product_beside_one(tmp_path, names):
    place = {"item_no": "1", "sku": "A{n}"}
    cells = ",".join(place[name] for name in names)
    found = inspect(write(tmp_path, log(",".join(names), (cells, cells, cells))))
    assert found.mapping.columns["product_id"] == "sku"


def test_few_dates_in_order_prove_nothing(tmp_path):
    days = ("2/5/2026", "1/6/2026", "3/7/2026")
    rows = [f"s{n},v{n},{day},purchase" for n, day in enumerate(days)]
    found = export_of(write(tmp_path, "\n".join(["session_id,visitor_id,timestamp,event_type", *rows, ""])))
    assert found.says("could be day/month or month/day") == "warning"
    assert isinstance(found.by_id["s0"]["started_at"], datetime)


def test_sessions_say_who_bought_in_swedish(tmp_path):
    rows = [f"s{n},2026-03-{10 + n} 10:00:00,3,{n % 2}" for n in range(1, 7)]
    found = export_of(write(tmp_path, "\n".join(["session_id,started_at,page_views,köp", *rows, ""])))
    assert found.n_buyers == 3
