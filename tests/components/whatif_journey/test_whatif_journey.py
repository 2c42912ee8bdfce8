"""The journey editor's parts: what its buttons and fields do to a journey, what it shows of the answers."""

from __future__ import annotations

import pytest

from components.figures.live_trace import probability_figure
from components.whatif_journey.answer import answer_panel, now_bar
from components.whatif_journey.labels import STEP_NAMES, points
from components.whatif_journey.page import acted, added, focus_on, journey_page, open_editor, reopen
from components.whatif_journey.steps import step_list
from core.schema.events import EventType
from core.whatif.journey import MAX_STEPS, Journey, Step, read_journey
from core.whatif.live_trace import Desk, open_desk
from tests.components.reading import text, walk

LINK = "page~product,12.345678,A,30.999,shoes,red~add,5,A,30.999,shoes,red"
VISITOR = {"country": "DE", "returning": "no", "day": "2", "hour": "18"}
NASTY = "<b>x</b>"


@pytest.fixture(scope="module")
def desk() -> Desk:
    return open_desk()


@pytest.fixture(scope="module")
def journey(desk: Desk) -> Journey:
    return read_journey({"steps": LINK}, desk.start)[0]


def kinds(journey: Journey) -> list[str]:
    return [str(step.kind) for step in journey.steps]


def test_the_buttons_of_a_step_move_copy_and_remove_it(journey: Journey) -> None:
    up = acted(journey, "up", 3)
    assert kinds(up.journey) == ["page_view", "cart_add", "product_view"]
    assert focus_on(up) == {"type": "journey-act", "act": "up", "place": 2}
    assert kinds(acted(journey, "down", 1).journey) == ["product_view", "page_view", "cart_add"]
    copied = acted(journey, "copy", 2)
    assert copied.journey.steps[1] == copied.journey.steps[2]
    assert copied.place == 3
    removed = acted(journey, "remove", 3)
    assert (kinds(removed.journey), removed.place) == (["page_view", "product_view"], 2)
    for act, place in (("up", 1), ("down", 3), ("remove", 9), ("fly", 1)):
        assert acted(journey, act, place).journey == journey
    assert focus_on(acted(Journey(steps=journey.steps[:1]), "remove", 1)) is None


def test_a_journey_never_grows_beyond_its_end(desk: Desk) -> None:
    full = Journey().with_steps([Step(kind=EventType.PAGE_VIEW)] * MAX_STEPS)
    assert added(desk, full, "page_view").journey == full
    assert acted(full, "copy", 1).journey == full
    assert added(desk, Journey(), "purchase and more").journey == Journey()


def test_untouched_fields_keep_every_decimal(journey: Journey) -> None:
    fields = {(2, "after"): 12.35, (2, "price"): 31, (3, "price"): 25, (2, "kind"): "product_view"}
    fields |= {(3, "colour"): "unknown", (3, "product"): f" {NASTY} ", (1, "kind"): "list_view"}
    _, read = reopen({}, journey.to_query(Journey()), fields, VISITOR)
    assert (read.steps[1].after, read.steps[1].price) == (12.345678, 30.999)
    assert (read.steps[2].price, read.steps[2].colour, read.steps[2].product) == (25.0, None, NASTY)
    assert read.steps[0].kind is EventType.LIST_VIEW
    _, other = reopen(
        {}, journey.to_query(Journey()), {}, {**VISITOR, "country": "unknown", "returning": "yes"}
    )
    assert (other.country, other.returning) == (None, True)


def test_every_step_says_its_answer_and_charts_have_tables(desk: Desk, journey: Journey) -> None:
    editor = open_editor(desk, journey)
    listed = step_list(editor=editor)
    assert text(listed).count("%") == 3
    for place in (1, 2, 3):
        assert f"Move step {place} up" in str(listed)
    answered = answer_panel(editor=editor)
    words = text(answered)
    for told in ("If nothing more happens", "Expected revenue", "The last step: ", "adds to cart"):
        assert told in words
    assert "n = 3 steps" in words
    tables = [part for part in walk(answered) if getattr(part, "data-table", None)]
    assert len(tables) == 2
    assert "after 3 steps" in text(now_bar(editor=editor))


def test_a_line_goes_up_in_steps_and_ends_with_a_diamond() -> None:
    figure = probability_figure(shares=[0.02, 0.3], names=["a", "b"], finished=0.5, threshold=0.25)
    line, diamond = figure.data
    assert list(line.y) == [2.0, 30.0]
    assert line.line.shape == "hv"
    assert (list(diamond.x), list(diamond.y)) == ([3], [50.0])
    assert list(figure.layout.xaxis.ticktext) == ["1", "2", "end"]
    assert figure.layout.template.layout.font.family is None
    assert len(figure.layout.shapes) == 1


def test_the_page_opens_for_any_link() -> None:
    for query in ({}, {"steps": f"fly~{NASTY}", "country": NASTY}, {"result": "x"}, {"steps": "remove"}):
        assert "A visit, step by step" in text(journey_page(query=query))
    assert "isn't a known step" in text(journey_page(query={"steps": "fly"}))
    assert "an empty cart" in text(journey_page(query={"steps": "remove"}))


def test_all_steps_have_names_and_changes_signs() -> None:
    assert set(STEP_NAMES) == set(EventType) - {EventType.PURCHASE}
    told = [points(share) for share in (None, 0.0, 0.1234, -0.004, 0.00007, 0.000001)]
    assert told == ["", "±0", "+12.3", "−0.4", "+0.01", "±0"]
