"""The what-if answer in words."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from dash.development.base_component import Component

from components.whatif.answer import Answer, answer_panel, recorded_sentence, summary_bar
from components.whatif.scale import scale_position
from components.whatif.similar import did, similar_sentence
from core.whatif import verdict


def _answer(probability: float = 0.034, **changes: Any) -> Answer:
    told: dict[str, Any] = {
        "prediction": {
            "purchase_probability": probability,
            "predicted_purchase": probability >= 0.25,
            "revenue_if_purchase": 60.0,
            "revenue_low": 31.0,
            "revenue_high": 118.0,
            "predicted_revenue": 60.0 if probability >= 0.25 else 0.0,
            "expected_revenue": 60.0 * probability,
            "cluster_name": "Comparers",
        },
        "verdict": verdict(probability, threshold=0.25, base_rate=0.03),
        "threshold": 0.25,
        "base_rate": 0.03,
        "cluster_sentence": "They compare.",
        "cluster_link": "/clusters?source=training&cluster=1",
        "neighbours": [],
        "currency": "EUR",
    }
    return Answer(**(told | changes))


def _text(parts: list[Component]) -> str:
    found: list[str] = []
    for part in parts:
        for piece in [part, *part._traverse()]:
            children = piece if isinstance(piece, str) else getattr(piece, "children", None)
            if isinstance(children, str):
                found.append(children)
    return "\n".join(dict.fromkeys(found))


def test_the_number_stands_with_its_words_and_its_money() -> None:
    said = _text(answer_panel(answer=_answer()))

    assert "3.4%" in said
    assert "about 3 in 100 such sessions" in said
    assert "€60" in said
    assert "€2.04" in said
    assert "8 in 10 buyers like this spend €31–118" in said
    assert "counted as 0: not a likely buyer" in said
    assert "Likely-buyer cut-off (25.0%)" in said


def test_a_bundle_without_revenue_shows_a_dash_not_a_zero() -> None:
    prediction = _answer().prediction | {
        "revenue_if_purchase": None,
        "revenue_low": None,
        "revenue_high": None,
        "expected_revenue": None,
        "predicted_revenue": None,
    }

    assert "€" not in _text(answer_panel(answer=_answer(prediction=prediction)))


def test_an_invalid_field_leaves_no_number() -> None:
    waiting = replace(
        _answer(), prediction=None, verdict=None, invalid={"Hour of day": "30 is not between 0 and 23."}
    )
    for said in (_text(answer_panel(answer=waiting)), _text(summary_bar(answer=waiting))):
        assert "No prediction" in said
        assert "Hour of day" in said
        assert "%" not in said
        assert "€" not in said


def test_a_contradictory_session_is_answered_with_a_warning() -> None:
    warned = _answer(contradictory=True)

    assert "don't rely on this prediction" in _text(answer_panel(answer=warned))
    assert "don't rely" not in _text(answer_panel(answer=_answer()))
    assert "contradicts itself" in _text(summary_bar(answer=warned))


def test_the_line_for_phones_has_the_number_and_leads_to_the_whole() -> None:
    bar = summary_bar(answer=_answer(0.41))

    assert "41.0%" in _text(bar)
    assert bar[-1].to_plotly_json()["props"]["data-scroll-to"] == "whatif-answer"


@pytest.mark.parametrize(
    ("probability", "recorded", "said"),
    [
        (0.158, 0.158, "As recorded: 15.8%."),
        (0.158 + 1e-7, 0.158, "As recorded: 15.8%."),
        (0.2, 0.158, "As recorded: 15.8%. Your changes: +4.2 percentage points."),
        (0.1, 0.158, "As recorded: 15.8%. Your changes: -5.8 percentage points."),
    ],
)
def test_the_answer_stands_against_what_was_recorded(probability: float, recorded: float, said: str) -> None:
    assert recorded_sentence(probability, recorded) == said


@pytest.mark.parametrize(
    ("probability", "changes"), [(0.78, ""), (0.8, " Your changes: +2.0 percentage points.")]
)
def test_what_another_model_recorded_is_no_change_of_ones_own(probability: float, changes: str) -> None:
    said = "As recorded: 87.4%, by a model that hadn't seen this visitor; here: 78.0%."
    assert recorded_sentence(probability, 0.874, 0.78) == f"{said}{changes}"


def test_similar_sessions_are_counted_where_their_outcome_is_known() -> None:
    rows = [{"purchased": True}, {"purchased": False}, {"purchased": None}]

    assert similar_sentence(rows) == "Of the 2 most similar past sessions, 1 bought."
    assert similar_sentence(rows[1:2]) == "Of the 1 most similar past sessions, none bought."
    assert "isn't known" in similar_sentence(rows[2:])
    assert "keeps no past sessions" in similar_sentence([])


def test_a_similar_session_opens_by_its_id_whatever_is_in_it() -> None:
    rows = [{"session_id": "a&b=c d", "n_events": 2, "purchased": False}]
    panel = answer_panel(answer=_answer(neighbours=rows, similar_href="/what-if?result=training&session="))
    links = [part.href for part in panel[-1]._traverse() if type(part).__name__ == "Link"]

    assert links == ["/what-if?result=training&session=a%26b%3Dc%20d"]


def test_a_similar_session_says_what_it_pays_if_it_buys() -> None:
    amounts = {"revenue_if_purchase": 62.0, "revenue_low": 31.0, "revenue_high": 118.0}
    rows = [{"session_id": "a", "purchased": False} | amounts, {"session_id": "b", "purchased": True}]
    said = _text(answer_panel(answer=_answer(neighbours=rows)))

    assert "€62 (31–118)" in said
    assert "–" in said


def test_what_a_session_did_in_a_few_words() -> None:
    row = {"n_events": 12, "product_views": 1, "cart_adds": 2, "checkouts": 3, "dominant_category": "shoes"}

    assert did(row) == "12 events, 1 product, 2 in the cart, checkout, shoes"
    assert did({}) == "nothing recorded"


def test_the_scale_parts_small_shares_and_keeps_its_ends() -> None:
    assert (scale_position(-1), scale_position(0), scale_position(1), scale_position(2)) == (0, 0, 100, 100)
    assert scale_position(0.01) == pytest.approx(10)


def test_a_model_of_clusters_alone_answers_with_the_cluster_and_no_numbers() -> None:
    neighbours = [{"n_events": 4, "session_id": "a", "purchased": None, "duration_seconds": 30.0}]
    prediction = dict.fromkeys(_answer().prediction) | {"cluster_name": "Comparers"}
    answer = _answer(
        prediction=prediction, verdict=None, threshold=None, base_rate=None, neighbours=neighbours
    )
    said, line = _text(answer_panel(answer=answer)), _text(summary_bar(answer=answer))

    assert "Comparers" in said
    assert "4 events" in said
    assert line.split("\n")[0] == "Comparers"
    for words in ("Will it end in a purchase?", "If it buys", "Bought", "Expected revenue", "%"):
        assert words not in said
