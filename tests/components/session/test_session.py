"""One session's facts, events and link: what it did is all there, and what nobody knows is said."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from components.results.table import column_defs, grid_rows
from components.session.events import FIRST, LAST, events_card, facts_card
from components.session.page import session_page
from components.shared.session_link import session_address
from core.base.errors import CoreError
from core.results.filters import Filters
from core.results.sources import Source
from core.services.session_view import OneSession, Why
from tests.components.reading import of_class, text

START = datetime(2026, 3, 2, 9, 30)


def event(kind: str, seconds: float, **more: object) -> dict[str, object]:
    return {"event_type": kind, "timestamp": START + timedelta(seconds=seconds), **more}


def card_of(events: list[dict[str, object]], **more: bool) -> object:
    told = {"has_events": True, "training": False, **more}
    return events_card(events=events, currency="EUR", **told)


def test_events_come_with_their_time_and_what_they_are_about() -> None:
    card = card_of(
        [
            event("product_view", 0, product_id="P1", category="shoes", price=25.5, page="/p/1"),
            event("page_view", 65, page="/info"),
            event("cart_add", 70, product_id="P1", price=25.5, quantity=2),
            event("purchase", 300, revenue=51.0, currency="USD"),
            event("page_view", 400),
        ]
    )
    said = [text(item) for item in of_class(card, "session-event")]
    assert said == [
        "start Viewed a product P1 · shoes · €25.50",
        "+1 min 5 s Viewed a page /info",
        "+1 min 10 s Added to the cart P1 · 2 × €25.50",
        "+5 min Bought paid $51.00",
        "+6 min 40 s Viewed a page",
    ]
    unseen = [text(item) for item in of_class(card, "session-unseen")]
    assert unseen == said[3:]
    assert "The model never sees these" in text(card)
    assert "5 events, from 2 Mar 2026, 09:30:00 UTC" in text(card)


def test_a_long_session_is_cut_in_the_middle() -> None:
    card = card_of([event("click", place) for place in range(500)])
    assert len(of_class(card, "session-event")) == FIRST + LAST
    assert "320 events more" in text(card)
    assert "The model never sees" not in text(card)


def test_without_times_events_keep_the_order_of_the_export() -> None:
    card = card_of([{"event_type": "click"}, {"event_type": "search"}])
    assert "in the order of the export" in text(card)
    assert [text(item) for item in of_class(card, "session-when")] == ["", ""]


def test_where_there_are_no_events_it_says_why() -> None:
    assert "one row per session" in text(card_of([], has_events=False))
    assert "without single events" in text(card_of([], has_events=False, training=True))
    assert "no longer among" in text(card_of([]))


def test_facts_have_units_and_the_unknown_is_named() -> None:
    row = {
        "session_id": "s", "visitor_id": "v", "started_at": START, "n_events": 12, "searches": None,
        "duration_seconds": 95.0, "price_mean": 20.0, "country": "DE", "is_weekday": True, "day_of_week": 1,
        "purchased": True, "revenue": 51.0, "purchase_probability": 0.2, "Tarif": "Gold",
    }  # fmt: skip
    said = text(facts_card(row=row, currency="EUR"))
    for words in ("Time spent 1 min 35 s", "Average price seen €20.00", "Country Germany", "Monday",
                  "Your own columns Tarif Gold", "Started 2 Mar 2026, 09:30:00 UTC"):  # fmt: skip
        assert words in said
    assert "Missing for this session: searches." in said
    assert "51" not in said
    assert "0.2" not in said


def test_columns_of_well_known_tools_are_explained_where_they_stand() -> None:
    card = facts_card(row={"session_id": "s", "PageValues": 12.5, "Tarif": "Gold"}, currency=None)
    (help,) = of_class(card, "help-words")
    assert text(help).startswith("Google Analytics' average value of the pages visited")
    assert "PageValues 12.5 Tarif Gold" in text(card)


def test_a_tables_session_leads_to_its_page() -> None:
    told = frozenset({"session_id", "n_events"})
    shown = grid_rows(rows=[{"session_id": "a&b/ü", "n_events": 3}], result_id="r 1", told=told)
    assert (
        shown[0]["page"] == session_address("r 1", "a&b/ü") == "/results/r%201/session?session=a%26b%2F%C3%BC"
    )
    columns = column_defs(told=told, filters=Filters(), currency=None)
    (session,) = [column for column in columns if column["field"] == "session_id"]
    assert session["cellRenderer"] == "PredictorSession"


def shown(**more: Any) -> str:
    source = Source(
        id="r1", name="March", description="", path=Path("x"), bundle="b", currency="EUR", synthetic=False
    )
    told: dict[str, Any] = {
        "verdict": None, "threshold": None, "cluster_sentence": None, "why": (), "problem": None,
        "events": (), "has_events": False,
    }  # fmt: skip
    return text(session_page(session=OneSession(source=source, **{**told, **more})))


def test_a_model_of_clusters_alone_shows_the_cluster_and_no_reasons() -> None:
    said = shown(row={"session_id": "s", "cluster_id": 1, "cluster_name": "Comparers", "purchased": False})
    assert "Purchases and revenue aren't predicted here" in said
    assert "Comparers" in said
    assert "Did not buy" in said
    assert "Purchase probability" not in said
    assert "Why this prediction" not in said


def test_reasons_that_cannot_be_told_are_said_in_their_place() -> None:
    row = {
        "session_id": "s", "cluster_id": 0, "cluster_name": None, "purchase_probability": 0.2,
        "predicted_purchase": False, "purchased": None,
    }  # fmt: skip
    problem = CoreError("This revenue is one number for all.", remedy="Train on more buyers.")
    said = shown(row=row, why=(Why(target="revenue", problem=problem),))
    assert "This revenue is one number for all. Train on more buyers." in said
    assert "purchases are missing from this file" in said
    assert "Cluster 0" in said
