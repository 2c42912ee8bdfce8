"""Where a training is started: the datasets, the check in words, the form and what it says."""

from __future__ import annotations

from pathlib import Path

import dash_bootstrap_components as dbc
import pytest
from dash import html

from components.train.choose import DATASET, SCORE_FIRST, dataset_picker, not_scored, verdict
from components.train.list import training_list
from components.train.options import (
    AUTOMATIC,
    CLUSTERS,
    NAME,
    START,
    THOROUGH,
    WHO,
    break_even,
    cluster_names,
    options_form,
    read_options,
)
from components.train.page import chosen_parts
from core.base.errors import CoreError
from core.services.trainings import THOROUGHNESS, Choice, minutes
from tests.components.reading import of_class, of_type, text, walk
from tests.components.train.trainings import dataset, eligibility, result, training

FORM = {"name": "spring-1", "sessions": 20_000, "currency": "EUR", "predicts": True}
MONEY = {"value": None, "cost": None}


def find(tree: object, id: object) -> object:
    """Return the component with an id."""
    return next(part for part in walk(tree) if getattr(part, "id", None) == id)


def labels(id: str, tree: object) -> list[str]:
    """Return what can be chosen, as it reads."""
    return [text(option["label"]) for option in find(tree, id).options]  # type: ignore[attr-defined]


def choice(folder: Path, latest: object = "scored", **more: object) -> Choice:
    """Return a dataset to choose, scored unless told otherwise."""
    scored = result() if latest == "scored" else None
    return Choice(dataset=dataset(folder, **more), latest=scored or latest, scored=scored)  # type: ignore[arg-type]


def test_datasets_say_what_they_are(tmp_path: Path) -> None:
    there = [
        choice(tmp_path),
        choice(tmp_path, None, id="d2", name="Demo", synthetic=True),
        choice(tmp_path, result(state="running"), id="d3", name="Late"),
    ]
    shown = labels(DATASET, dataset_picker(choices=there, chosen="d1"))
    assert shown == ["Spring · 20,000 sessions", "Demo · synthetic · not scored yet", "Late · being scored"]
    nothing = find(dataset_picker(choices=there, chosen=None), DATASET)
    assert (nothing.value, nothing.placeholder) == (None, "Choose an export")


def test_without_datasets_the_way_to_one_is_shown() -> None:
    assert "Upload an export" in text(dataset_picker(choices=[], chosen=None))


def test_a_dataset_that_is_not_scored_offers_to_do_that_first(tmp_path: Path) -> None:
    shown = not_scored(choice=choice(tmp_path, None))
    assert "Not scored yet" in text(shown)
    assert find(shown, SCORE_FIRST)


def test_the_scoring_that_is_waited_for_shows_its_steps(tmp_path: Path) -> None:
    waiting = choice(tmp_path, result(state="running", step="features", share=0.4, message="2 of 5 parts"))
    assert waiting.is_waiting
    shown = not_scored(choice=waiting)
    assert "Building sessions" in text(of_class(shown, "results-step-now"))
    assert "2 of 5 parts" in text(shown)
    assert "40%" in text(shown)


def test_a_scoring_that_failed_says_why_and_what_to_do(tmp_path: Path) -> None:
    error = {"message": "there are no rows.", "where": "spring.csv", "remedy": "Export it again."}
    shown = not_scored(choice=choice(tmp_path, result(state="failed", error=error)))
    for said in ("Scoring failed", "there are no rows.", "Export it again."):
        assert said in text(shown)


@pytest.mark.parametrize(
    ("level", "tone"), [("good", "success"), ("rough", "warning"), ("clusters", "info"), ("no", "danger")]
)
def test_each_level_has_its_tone_reasons_and_remedies(tmp_path: Path, level: str, tone: str) -> None:
    found = eligibility(
        level=level, headline="62 buyers", reasons=("In 11 days.",), remedies=("Export two months.",)
    )
    shown = verdict(check=found, choice=choice(tmp_path))
    assert of_class(shown, f"alert-{tone}")
    for said in ("62 buyers", "In 11 days.", "Export two months.", "3.5% of sessions"):
        assert said in text(shown)


def test_synthetic_data_and_columns_of_ones_own_are_named(tmp_path: Path) -> None:
    own = eligibility(own_columns=tuple(f"own_{place}" for place in range(10)))
    shown = text(verdict(check=own, choice=choice(tmp_path, synthetic=True)))
    assert "synthetic demo shop" in shown
    assert "own_7" in shown
    assert "own_8" not in shown
    assert "and 2 more" in shown
    assert "synthetic" not in text(verdict(check=own, choice=choice(tmp_path)))


def test_what_cannot_be_learned_blocks_the_button(tmp_path: Path) -> None:
    parts = {"chosen": choice(tmp_path), "name": "spring-1", "clusters": None}
    assert find(chosen_parts(check=eligibility(level="no"), **parts), START).disabled
    assert not find(chosen_parts(check=eligibility(level="rough"), **parts), START).disabled
    # Nothing to fill in before it is known what it is.
    assert not of_type(chosen_parts(check=None, **parts), dbc.RadioItems)


def test_without_outcomes_only_clusters_are_asked_for(tmp_path: Path) -> None:
    shown = chosen_parts(
        chosen=choice(tmp_path), check=eligibility(level="clusters"), name="spring-1", clusters="4"
    )
    assert "Find the clusters" in text(shown)
    hidden = [
        part for part in of_type(shown, html.Div) if getattr(part, "style", None) == {"display": "none"}
    ]
    assert len([part for part in hidden if of_type(part, dbc.RadioItems)]) == 2
    assert find(shown, CLUSTERS).value == "4"


def test_the_form_starts_with_a_name_and_remembers_who_trains() -> None:
    form = options_form(**FORM)
    assert find(form, NAME).value == "spring-1"
    who = find(form, WHO)
    assert (who.persistence, who.persistence_type) == (True, "local")
    assert find(form, CLUSTERS).value == AUTOMATIC


def test_minutes_grow_with_thoroughness_and_sessions() -> None:
    few, many = ([minutes(options, n) for options in THOROUGHNESS.values()] for n in (3_000, 2_000_000))
    assert few == sorted(few)
    assert len(set(few)) == len(few)
    assert all(more > less for more, less in zip(many, few, strict=True))
    assert f"up to {few[1]} minutes" in options_text(3_000)


def options_text(sessions: int) -> str:
    """Return the words of the choice of thoroughness."""
    return " ".join(labels(THOROUGH, options_form(**(FORM | {"sessions": sessions}))))


@pytest.mark.parametrize(
    ("value", "cost", "said"),
    [
        (40, 1, "from a probability of 2.5%"),
        ("40", "1", "2.5%"),
        (None, 1, "Enter both"),
        (0, 1, "more than 0"),
        (10, -1, "more than 0"),
        (10, 10, "never pay"),
    ],
)
def test_money_says_from_when_on_a_contact_pays(value: object, cost: object, said: str) -> None:
    assert said in break_even(value=value, cost=cost)


def test_the_form_says_what_is_to_be_done() -> None:
    plain = read_options(thorough="quick", rule="f1", money=MONEY, clusters=AUTOMATIC, names=[])
    assert plain == THOROUGHNESS["quick"]
    told = read_options(
        thorough="thorough",
        rule="money",
        money={"value": 40, "cost": "1.5"},
        clusters="3",
        names=["Browsers", None, "  Cart   builders "],
    )
    assert (told.seconds, told.trials) == (THOROUGHNESS["thorough"].seconds, THOROUGHNESS["thorough"].trials)
    assert told.threshold_rule is not None
    assert (told.threshold_rule.kind, told.threshold_rule.value_of_buyer) == ("money", 40)
    assert told.threshold_rule.cost_of_contact == 1.5
    assert told.clusters == 3
    assert told.cluster_names == ("Browsers", "", "Cart builders")


def test_no_names_are_sent_where_none_is_given() -> None:
    told = read_options(thorough="quick", rule="f1", money=MONEY, clusters="3", names=["", None, " "])
    assert (told.clusters, told.cluster_names) == (3, None)


@pytest.mark.parametrize(
    "wrong",
    [
        {"rule": "money"},
        {"rule": "money", "money": {"value": 1, "cost": 2}},
        {"clusters": "2", "names": ["Same", "same"]},
    ],
)
def test_what_cannot_be_done_is_said(wrong: dict[str, object]) -> None:
    asked = {"thorough": "quick", "rule": "f1", "money": MONEY, "clusters": AUTOMATIC, "names": []} | wrong
    with pytest.raises(CoreError) as caught:
        read_options(**asked)  # type: ignore[arg-type]
    assert caught.value.remedy


def test_there_are_as_many_names_as_clusters_and_given_ones_stay() -> None:
    fields = of_type(cluster_names(count="3", kept=["One", "Two"]), dbc.Input)
    assert [field.value for field in fields] == ["One", "Two", ""]
    assert [field.value for field in of_type(cluster_names(count="2", kept=["a", "b", "c"]), dbc.Input)] == [
        "a",
        "b",
    ]
    assert cluster_names(count=AUTOMATIC) == []


def test_the_list_says_how_each_training_ended_and_which_model_is_in_use() -> None:
    shown = training_list(
        trainings=[
            training(),
            training(bundle="b", state="running", share=0.42, who="Grace"),
            training(bundle="c", state="failed", error={"message": "Too few buyers."}),
            training(bundle="d", state="cancelled"),
            training(bundle="e", state="running", cancelling=True),
            training(bundle="f", state="queued"),
        ],
        in_use="spring-1",
    )
    for said in ("in use", "training: 42%", "Grace", "failed", "stopped", "stopping", "waiting", "trained"):
        assert said in text(shown)
    assert any(getattr(part, "title", None) == "Too few buyers." for part in walk(shown))
    assert "No trainings yet" in text(training_list(trainings=[], in_use="demo-shop"))
