"""A training under way and what came of it: steps, comparison, alarms, using it and going back."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import dash_bootstrap_components as dbc
import pytest
from dash import dcc

from components.shared.model_links import other_in_use, score_again_id
from components.train.compare import alarms_panel, change, comparison_section, figure
from components.train.page import training_body, training_page
from components.train.status import IDS, waiting
from components.train.use import BACK, CONFIRM, USE
from core.bundle.registry import Promotion
from core.services.trainings import Opened
from tests.components.reading import of_class, of_type, text, walk
from tests.components.train.trainings import MORNING, comparison, line, training

ALARM = {"kind": "auc", "title": "Too good to be true", "text": "ROC-AUC is 0.99."}
CHANGE = Promotion(bundle="spring-1", previous="demo-shop", at=MORNING, who="Grace Hopper")


def opened(**more: Any) -> Opened:
    """Return a finished training with its model, which is not in use."""
    manifest = SimpleNamespace(alarms=(), synthetic=False)
    told: dict[str, Any] = {
        "training": training(),
        "place": None,
        "comparison": comparison(),
        "manifest": manifest,
        "in_use": "demo-shop",
        "earlier": None,
        "history": (),
    }
    return Opened(**(told | more))


def ids(tree: object) -> list[object]:
    """Return the ids on a page."""
    return [part.id for part in walk(tree) if getattr(part, "id", None) is not None]


def find(tree: object, id: object) -> Any:
    """Return the component with an id."""
    return next(part for part in walk(tree) if getattr(part, "id", None) == id)


def test_a_running_training_shows_its_step_and_can_be_stopped() -> None:
    running = training(state="running", step="train", share=0.5, message="Trying settings: 3 of 24")
    shown = training_page(opened=opened(training=running, manifest=None, comparison=None))
    assert "Learning from them" in text(of_class(shown, "results-step-now"))
    assert "Trying settings: 3 of 24" in text(shown)
    assert "50%" in text(shown)
    assert find(shown, IDS.clock).disabled is False
    assert find(shown, IDS.cancel).disabled is False
    assert "Ada Lovelace" in text(shown)


def test_a_training_that_is_being_stopped_says_so() -> None:
    shown = waiting(training=training(state="running", cancelling=True, message="Trying settings"))
    assert "Stopping" in text(shown)
    assert find(shown, IDS.cancel).disabled is True


def test_a_failed_training_says_what_to_do() -> None:
    error = {"message": "Only 4 buyers.", "where": "Spring", "remedy": "Export a longer time."}
    shown = training_page(opened=opened(training=training(state="failed", error=error), manifest=None))
    for said in ("Only 4 buyers.", "Export a longer time.", "Train again"):
        assert said in text(shown)
    assert find(shown, IDS.clock).disabled is True
    assert "/train?dataset=d1" in {link.href for link in of_type(shown, dcc.Link)}


def test_a_stopped_training_leaves_nothing_and_says_so() -> None:
    shown = text(training_body(opened=opened(training=training(state="cancelled"), manifest=None)))
    assert "was cancelled" in shown
    assert "Nothing was kept" in shown


def test_the_new_model_stands_beside_the_old_one_figure_by_figure() -> None:
    told = comparison(
        lines=(
            line("ROC-AUC", (0.1, 0.02, 0.18)),
            line("Calibration error", (0.004, 0.001, 0.007), unit="share", better="old"),
            line("Lift", (None, None, None), unit="times", better="level"),
        ),
        warnings=("The old model may know these sessions.",),
    )
    shown = comparison_section(comparison=told)
    words = text(shown)
    for said in ("1,200 sessions", "90 of them", "The new model is better.", "may know these sessions",
                 "0.800", "0.750 to 0.850", "+0.100", "+0.020 to +0.180", "+0.4 pts",
                 "new is better", "in use is better", "no clear difference"):  # fmt: skip
        assert said in words
    assert {"/models/spring-1", "/models/demo-shop"} <= {link.href for link in of_type(shown, dcc.Link)}
    drawn = of_class(shown, "train-interval")
    assert len(drawn) == 2, "a difference nobody knows is not drawn"
    # Zero is in the middle: what is better than it lies to its right.
    assert all(float(part.style["left"].rstrip("%")) > 50 for part in drawn)


@pytest.mark.parametrize(("better", "tone"), [("new", "success"), ("old", "warning"), ("level", "info")])
def test_the_verdict_has_the_tone_of_what_it_says(better: str, tone: str) -> None:
    assert of_class(comparison_section(comparison=comparison(better=better)), f"alert-{tone}")


def test_what_may_give_the_outcome_away_casts_doubt_on_the_verdict() -> None:
    shown = comparison_section(comparison=comparison(better="new"), doubtful=True)
    assert not of_class(shown, "alert-success")
    assert "only looks better" in text(shown)


def test_models_that_cannot_be_compared_have_a_verdict_only() -> None:
    shown = comparison_section(comparison=comparison(lines=(), verdict="The old one knows no purchases."))
    assert "knows no purchases" in text(shown)
    assert not of_class(shown, "table")


@pytest.mark.parametrize(
    ("value", "unit", "written", "differs"),
    [
        (0.1234, "share", "12.34%", "+12.34 pts"),
        (-0.0123, "score", "−0.012", "−0.012"),
        (2.5, "times", "2.5×", "+2.5×"),
        (12.5, "EUR", "€12.50", "+€12.50"),
        (0.0, "score", "0.000", "0.000"),
        (None, "score", "–", "–"),
    ],
)
def test_figures_have_their_unit_and_differences_their_sign(
    value: float | None, unit: str, written: str, differs: str
) -> None:
    assert figure(value, unit) == written
    assert change(value, unit) == differs


def test_small_differences_have_one_more_decimal_from_end_to_end() -> None:
    lines = (line("Brier score", (-0.0012, -0.002, 0.0004)), line("ROC-AUC", (0.004, -0.03, 0.038)))
    shown = text(comparison_section(comparison=comparison(lines=lines)))
    assert "−0.0012 −0.0020 to +0.0004" in shown
    assert "+0.004 −0.030 to +0.038" in shown


def test_a_model_is_used_with_one_click() -> None:
    shown = training_body(opened=opened())
    assert find(shown, USE).disabled is False
    assert find(shown, CONFIRM).style == {"display": "none"}
    assert "/models/spring-1" in {link.href for link in of_type(shown, dcc.Link)}
    assert BACK not in ids(shown)


def test_alarms_have_to_be_confirmed_before_it_is_used() -> None:
    manifest = SimpleNamespace(alarms=(ALARM,), synthetic=False)
    shown = training_body(opened=opened(manifest=manifest))
    assert "Too good to be true" in text(shown)
    assert "ROC-AUC is 0.99." in text(shown)
    assert find(shown, USE).disabled is True
    assert find(shown, CONFIRM).label
    assert alarms_panel(alarms=()) is None


def test_the_model_in_use_says_since_when_and_leads_on_and_back() -> None:
    shown = training_body(opened=opened(in_use="spring-1", earlier="demo-shop", history=(CHANGE,)))
    for said in ("Everything is scored with  spring-1", "Grace Hopper", "2 Mar 2026, 09:30 UTC", "Go back"):
        assert said in text(shown)
    assert USE not in ids(shown)
    assert score_again_id("d1") in ids(shown)
    assert "/upload" in {link.href for link in of_type(shown, dcc.Link)}


def test_without_an_earlier_model_there_is_no_way_back() -> None:
    assert BACK not in ids(training_body(opened=opened(in_use="spring-1")))


def test_the_history_says_who_went_back() -> None:
    back = Promotion(bundle="demo-shop", previous="spring-1", at=MORNING, who="Alan Turing", back=True)
    shown = text(training_body(opened=opened(history=(back, CHANGE))))
    for said in ("Alan Turing", "went back", "Grace Hopper"):
        assert said in shown


def test_a_deleted_model_cannot_be_used() -> None:
    shown = training_body(opened=opened(manifest=None))
    assert "has been deleted" in text(shown)
    assert USE not in ids(shown)
    assert "The new model is better." in text(shown), "what was measured is kept"


def test_another_model_in_use_is_said_with_the_way_to_it() -> None:
    shown = other_in_use(bundle="demo-shop", in_use="spring-1", dataset_id="d1")
    assert "Scored with  demo-shop ;  spring-1  is in use now." in text(shown)
    assert score_again_id("d1") in ids(shown)
    assert other_in_use(bundle="demo-shop", in_use="demo-shop", dataset_id="d1") is None


def test_what_asks_whether_to_stop_is_there_from_the_start() -> None:
    assert of_type(training_page(opened=opened(training=training(state="queued"))), dbc.Modal)
