"""What a result says of the model it rests on: none yet, an example, one's own, or a better one to use."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from dash import dcc, html

from components.results.answer import likeliest_card, trust_row
from components.results.basis import basis_notice, in_use_now, recorded_row, use_new_id, without_model
from core.explain import Likely
from core.results.filters import Filters
from core.results.trust import Trust
from core.storage import Basis, Contest, Recorded
from core.training.data.loading import LEAST_BUYERS
from tests.components.reading import of_class, of_type, text
from tests.components.results.test_parts import result

REASON = "24 buyers in this export; 100 are needed to train a model of it."


def figure(value: float) -> dict[str, Any]:
    return {"value": value, "low": value - 0.01, "high": value + 0.01, "n": 20_000, "unit": "score"}


def test_without_a_model_it_says_why_and_shows_what_is_recorded(tmp_path: Path) -> None:
    recorded = Recorded(
        sessions=900, outcomes=900, buyers=24, conversion=24 / 900, revenue=1234.0, currency="EUR"
    )
    bare = result(basis=Basis(kind="none", reason=REASON), recorded=recorded, folder=tmp_path)
    words = " ".join(text(without_model(bare)).split())
    assert REASON in words
    assert "Buyers 24" in words
    assert "Revenue €1,234" in words
    assert "See an example" not in words
    apart = replace(recorded, apart={"USD": 60.0, "JPY": 5000.0})
    words = " ".join(text(recorded_row(apart)).split())
    assert "in EUR alone; not added: ¥5,000, $60. Give rates to convert them." in words

    (tmp_path / "example").mkdir()
    (tmp_path / "example" / "sessions.parquet").touch()
    links = {link.href for link in of_type(without_model(bare), dcc.Link)}
    assert "/results/r1-example" in links


def test_once_there_is_a_model_a_result_without_predictions_offers_to_be_scored_again() -> None:
    bare = result(basis=Basis(kind="none", reason=REASON))
    words = " ".join(text(without_model(bare, in_use="my-shop")).split())
    assert "scored before there was a model of your own" in words
    assert "my-shop is in use now." in words
    assert "Score again" in words
    assert "there is no model" not in words
    assert "Upload" not in words
    assert "there is no model of your own" in text(without_model(bare, in_use=bare.bundle))


@pytest.mark.parametrize(("buyers", "trains"), [(LEAST_BUYERS, True), (LEAST_BUYERS - 1, False)])
def test_too_few_buyers_for_a_model_by_itself_may_do_for_a_rough_one(*, buyers: int, trains: bool) -> None:
    recorded = Recorded(
        sessions=900, outcomes=900, buyers=buyers, conversion=None, revenue=None, currency="EUR"
    )
    bare = result(basis=Basis(kind="none", reason=REASON), recorded=recorded)
    assert ("Train on this export" in text(without_model(bare))) == trains
    assert "Train" not in text(without_model(bare, is_newest=False))


def test_the_model_of_the_example_is_nobodys_own() -> None:
    """What scored the example is in use still; the result's bundle is then its own clusters."""
    bare = result(basis=Basis(kind="none", reason=REASON, example="demo-shop"), bundle="march-1")
    words = text(without_model(bare, in_use="demo-shop"))
    assert "there is no model of your own" in words
    assert REASON in words
    assert "Score again" not in words


def test_one_session_alone_leads_to_no_audience() -> None:
    trust = Trust(act=True, cause=None, sentence="It holds.", detail="", measured="card")

    def leads(n: int, said: Trust | None = trust) -> bool:
        row = trust_row(trust=said, result=result(), filters=Filters(), n=n)
        return row is not None and any("/audiences" in str(link.href) for link in of_type(row, dcc.Link))

    assert leads(2)
    assert leads(2, None)
    assert not leads(1)
    assert not leads(1, None)


def test_a_column_of_a_known_tool_is_explained_where_it_is_a_reason() -> None:
    one = Likely(
        session_id="s1", probability=0.9, expected_revenue=None, purchased=None,
        reason="PageValues higher than in 99% of sessions: +62 points",
    )  # fmt: skip
    for trust in (None, Trust(act=False, cause="guessing", sentence="No.", detail="", measured=None)):
        card = likeliest_card(
            likely=[one] * 2, result=result(), filters=Filters(), trust=trust, amounts=False
        )
        assert text(card).count("PageValues: Google Analytics' average value") == 1


def test_an_example_leads_back_and_to_no_audience() -> None:
    example = result(basis=Basis(kind="none", reason=REASON)).as_example()
    trust = Trust(act=False, cause="example", sentence="An example.", detail="", measured=None)
    one = Likely(session_id="s1", probability=0.9, expected_revenue=None, purchased=None, reason=None)
    shown = [
        trust_row(trust=trust, result=example, filters=Filters()),
        likeliest_card(likely=[one], result=example, filters=Filters(), trust=trust, amounts=False),
    ]
    links = {link.href for link in of_type(shown, dcc.Link)}
    assert "/results/r1" in links
    assert not any("/audiences" in str(href) for href in links)
    assert "/results/r1-example/session?session=s1" in links


@pytest.mark.parametrize("promoted", [True, False])
def test_ones_own_model_says_what_was_done(promoted: bool) -> None:
    basis = Basis(kind="own", reason="Five models.", split="By visitor.", promoted=promoted)
    words = " ".join(text(basis_notice(result(basis=basis))).split())
    assert "Five models. By visitor." in words
    assert ("now the model in use" in words) is promoted


def test_an_own_model_with_alarms_is_not_passed_over() -> None:
    shown = basis_notice(result(basis=Basis(kind="own", alarms=("Too good to be true",))))
    assert of_class([shown], "alert-warning")
    assert "Too good to be true" in text(shown)


def test_a_better_model_is_offered_with_both_figures_and_one_button() -> None:
    contest = Contest(outcome="better", in_use=figure(0.78), new=figure(0.84), bundle="shop-2")
    shown = basis_notice(result(basis=Basis(kind="in_use", contest=contest)))
    assert "The model in use: ROC-AUC 0.78; a new one: 0.84" in text(shown)
    (pressed,) = of_type(shown, html.Button)
    assert pressed.id == use_new_id("r1")
    assert "shop-2" in text(in_use_now(result(), "shop-2"))


def test_of_a_model_not_in_use_any_more_nothing_is_said_to_be_in_use() -> None:
    contest = Contest(outcome="better", in_use=figure(0.78), new=figure(0.84), bundle="shop-2")
    beaten = result(basis=Basis(kind="in_use", contest=contest))
    assert basis_notice(beaten, is_current=False) is None
    own = result(basis=Basis(kind="own", reason="Five models.", promoted=True))
    assert "model in use" not in text(basis_notice(own, is_current=False))


@pytest.mark.parametrize(
    ("outcome", "words"),
    [("level", "wouldn't do better (ROC-AUC 0.84 against 0.78)"), ("pending", "Checking"), ("unknown", "")],
)
def test_what_is_no_news_is_said_quietly_or_not_at_all(outcome: Any, words: str) -> None:
    contest = Contest(outcome=outcome, in_use=figure(0.78), new=figure(0.84), bundle="shop-2")
    shown = basis_notice(result(basis=Basis(kind="in_use", contest=contest)))
    assert not of_type(shown, html.Button)
    assert words in text(shown)
    assert bool(text(shown)) is bool(words)


def test_nothing_is_said_of_results_of_earlier_versions() -> None:
    assert basis_notice(result()) is None
    assert basis_notice(result(basis=Basis(kind="chosen"))) is None


def test_a_better_model_is_the_one_thing_to_do_about_one_not_to_act_on() -> None:
    contest = Contest(outcome="better", in_use=figure(0.62), new=figure(0.93), bundle="shop-2")
    trust = Trust(act=False, cause="calibration", sentence="Far too few.", detail="", measured="export")
    beaten = result(basis=Basis(kind="in_use", contest=contest), has_outcomes=True)
    assert "Train" not in text(trust_row(trust=trust, result=beaten, filters=Filters()))
    alone = result(basis=Basis(kind="in_use"), has_outcomes=True)
    assert "Train on this export" in text(trust_row(trust=trust, result=alone, filters=Filters()))


def test_an_export_with_too_few_buyers_is_not_offered_for_training() -> None:
    trust = Trust(act=False, cause="guessing", sentence="No better.", detail="", measured="export")
    recorded = Recorded(
        sessions=400, outcomes=400, buyers=20, conversion=0.05, revenue=1000.0, currency="EUR"
    )
    few = result(basis=Basis(kind="in_use"), recorded=recorded, has_outcomes=True)
    said = text(trust_row(trust=trust, result=few, filters=Filters()))
    assert "Upload a longer export: 30 purchases needed" in said
    assert "Train" not in said
    older = text(trust_row(trust=trust, result=few, filters=Filters(), is_newest=False))
    assert "Upload" not in older
    assert "Upload" not in text(without_model(few, is_newest=False))
