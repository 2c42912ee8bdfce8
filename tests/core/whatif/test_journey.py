"""Journeys without a bundle: their links, recorded events, what can be doubted, the next step."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import parse_qsl

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.features import rows_of
from core.schema.events import EventType
from core.whatif.journey import (
    MAX_PAUSE,
    MAX_STEPS,
    OF_CATEGORY,
    OF_PRODUCT,
    WORDS,
    Journey,
    Step,
    changed,
    doubts,
    events_of,
    from_events,
    next_step,
    read_journey,
    read_text,
)

TEXTS = st.none() | st.text(max_size=80).map(read_text)
NUMBERS = st.floats(0, 5_000, allow_nan=False)
STEPS = st.builds(
    Step,
    kind=st.sampled_from(list(WORDS.values())),
    after=st.floats(0, MAX_PAUSE),
    product=TEXTS,
    price=st.none() | NUMBERS,
    category=TEXTS,
    colour=TEXTS,
    pieces=st.none() | st.floats(0, 9),
).map(lambda step: changed(step, step.kind))
JOURNEYS = st.builds(
    Journey,
    steps=st.lists(STEPS, max_size=8).map(tuple),
    country=st.sampled_from([None, "DE", "FR", "US"]),
    returning=st.sampled_from([None, True, False]),
    day=st.integers(1, 7),
    hour=st.integers(0, 23),
)


def read(query: str, start: Journey | None = None) -> tuple[Journey, list[str]]:
    return read_journey(dict(parse_qsl(query)), start)


@settings(max_examples=150, deadline=None)
@given(JOURNEYS, JOURNEYS)
@example(Journey(steps=()), Journey())
@example(Journey(steps=(Step(kind=EventType.PAGE_VIEW, after=0.1 + 0.2),), country="DE", hour=0), Journey())
def test_a_link_gives_the_journey_back_to_the_last_digit(journey: Journey, start: Journey) -> None:
    assert read(journey.to_query(start), start) == (journey, [])


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=120), st.text(max_size=12))
@example("page~add,4,A,1e400,shoes", "٣")
@example("~~,,~", "nan")
def test_any_link_is_read(steps: str, other: str) -> None:
    told = {"steps": steps, "country": other, "returning": other, "day": other, "hour": other, "x": other}
    journey, _ = read_journey(told)
    assert read(journey.to_query(Journey())) == (journey, [])


def test_what_a_link_asks_wrongly_is_said_and_left_out() -> None:
    journey, notes = read(
        "steps=page~fly,3~add,-4,A,dear,shoes~page,12~buy,3~page&country=Atlantis&day=9&hour=7&returning=perhaps"
    )
    assert [(step.kind, step.after, step.price) for step in journey.steps] == [
        (EventType.PAGE_VIEW, 0.0, None),
        (EventType.CART_ADD, 0.0, None),
        (EventType.PAGE_VIEW, 12.0, None),
    ]
    assert (journey.country, journey.day, journey.hour, journey.returning) == (None, 2, 7, False)
    said = " ".join(notes)
    for words in ("“fly”", "“-4”", "“dear”", "before the purchase", "“Atlantis”", "“9”", "“perhaps”"):
        assert words in said
    assert len(notes) == 7


def test_a_journey_has_an_end() -> None:
    journey, notes = read("steps=" + "~".join(["page,1"] * 200))
    assert len(journey.steps) == MAX_STEPS
    assert notes == ["The link has 200 steps; the first 60 are used."]
    assert len(journey.to_query()) < 600
    assert len(journey.with_steps([*journey.steps, *journey.steps]).steps) == MAX_STEPS


def test_recorded_events_become_steps_up_to_the_purchase() -> None:
    def event(kind: EventType, second: int, **more: object) -> dict[str, object]:
        return {"event_type": str(kind), "timestamp": datetime(2026, 10, 6, 18, 5, second), **more}

    row = {"country": "FR", "is_returning": None, "day_of_week": 2, "hour": 18}
    events = [
        event(EventType.PRODUCT_VIEW, 0, product_id="p1", price=20.5, category="shoes", colour="red"),
        event(EventType.CART_ADD, 12, product_id="p1", price=20.5, quantity=2.0),
        event(EventType.PURCHASE, 40, revenue=41.0),
        event(EventType.PAGE_VIEW, 50),
    ]
    journey, notes = from_events(events, row)
    assert [step.after for step in journey.steps] == [0.0, 12.0]
    assert journey.steps[1].pieces == 2.0
    assert (journey.country, journey.returning, journey.day, journey.hour) == ("FR", None, 2, 18)
    assert len(notes) == 1
    many, notes = from_events([event(EventType.PAGE_VIEW, 0)] * 90, row)
    assert len(many.steps) == MAX_STEPS
    assert notes == ["It has 90 events; the first 60 are shown."]


def test_every_beginning_is_a_session_with_its_own_features() -> None:
    journey, _ = read(
        "steps=page~product,10,A,30,shoes,red~add,5,A,30,shoes,red,2&country=FR&returning=yes&day=6"
    )
    rows = rows_of(events_of(journey)).to_pylist()
    assert [row["n_events"] for row in rows] == [1, 2, 3]
    assert [row["duration_seconds"] for row in rows] == [0.0, 10.0, 15.0]
    assert [row["cart_value"] for row in rows] == [0.0, 0.0, 60.0]
    for length, row in enumerate(rows, start=1):
        (alone,) = rows_of(events_of(journey.with_steps(journey.steps[:length]))).to_pylist()[-1:]
        assert row == alone
        assert (row["country_group"], row["day_of_week"], row["hour"]) == ("EU", 6, 18)
        assert (row["is_weekday"], row["is_returning"]) == (False, True)


def test_what_nobody_does_is_doubted() -> None:
    journey, _ = read("steps=remove~add,5~remove,3~page,1801~page,1800")
    assert doubts(journey, 30) == [
        "Step 1 removes something from an empty cart.",
        "More than 30 minutes pass before step 4, which usually starts a new visit.",
    ]


@pytest.mark.parametrize("kind", list(WORDS.values()))
def test_the_next_step_is_about_what_is_at_hand(kind: EventType) -> None:
    usual = Step(kind=EventType.PRODUCT_VIEW, product="A", price=40.0, category="shoes", colour="red")
    seen, _ = read("steps=product,0,A,10,bags,blue~add,2,A,10,bags,blue~product,4,B,20,shirts,black")
    step = next_step(seen, kind, pause=7.0, usual=usual)
    assert (step.kind, step.after) == (kind, 7.0)
    expected = {EventType.PRODUCT_VIEW: "C", EventType.CART_REMOVE: "A"}.get(kind, "B")
    assert step.product == (expected if kind in OF_PRODUCT else None)
    assert (step.category is not None) == (kind in OF_PRODUCT | OF_CATEGORY)
    first = next_step(Journey(), kind, pause=7.0, usual=usual)
    assert first.after == 0.0
    assert first.price == (40.0 if kind in OF_PRODUCT else None)
