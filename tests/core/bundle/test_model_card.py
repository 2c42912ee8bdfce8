"""What is read of a model: everything, and of those that tell less, less."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from core.base.errors import BundleError
from core.base.settings import Settings
from core.bundle import registry
from core.bundle.model_card import nearest, read_card, read_shelf
from tests.core.bundle.cards import NASTY, shelf_of_all


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return shelf_of_all(tmp_path_factory.mktemp("shelf"))


def test_a_full_model_tells_its_slices_features_and_counts(settings: Settings) -> None:
    card = read_card("full", settings)

    assert [part.key for part in card.slices] == ["train", "validation", "calibration", "test"]
    assert card.test is not None
    assert card.test.sessions == card.figure("purchase", "roc_auc")["n"]
    assert [note.name for note in card.own] == [f"bounce {NASTY}"]
    assert len(card.absent) == 2
    assert set(card.absent).isdisjoint(note.name for note in card.known)
    assert card.counts[card.place].threshold == 0.2
    assert [row.label for row in card.early if row.regime == "all"] == ["1", "2", "3", "5", "10", "15", "end"]


def test_a_model_without_carts_claims_nothing_of_before_the_first_one(settings: Settings) -> None:
    card = read_card("full", settings)
    assert "before_cart" in {row.regime for row in card.early}
    features = tuple(note for note in card.manifest.features if note.name != "cart_adds")
    bare = replace(card, manifest=replace(card.manifest, features=features))

    assert "cart_adds" in bare.absent
    assert {row.regime for row in bare.early} == {"all"}


def test_an_old_model_tells_less_and_breaks_nothing(settings: Settings) -> None:
    card = read_card("old", settings)
    assert (card.counts, card.place, card.early) == ((), None, ())
    assert card.predicts_purchase
    assert card.in_use


def test_a_model_of_clusters_alone_says_so(settings: Settings) -> None:
    card = read_card("clusters", settings)
    assert not card.predicts_purchase
    assert card.test is None
    assert card.figure("purchase", "roc_auc") is None
    assert card.figure("clusters", "silhouette") is not None


def test_the_one_in_use_stands_first(tmp_path: Path) -> None:
    settings = shelf_of_all(tmp_path)
    assert read_shelf(settings).cards[0].name == "old"
    assert read_shelf(settings).earlier is None

    registry.promote("full", who="Ada", confirmed=True, settings=settings)

    shelf = read_shelf(settings)
    assert [card.in_use for card in shelf.cards] == [True, False, False]
    assert (shelf.cards[0].name, shelf.in_use, shelf.earlier) == ("full", "full", "old")
    assert shelf.history[0].who == "Ada"


def test_a_threshold_between_two_is_shown_at_the_nearest(settings: Settings) -> None:
    counts = read_card("full", settings).counts
    place = nearest(counts, counts[5].threshold + 1e-9)
    assert place == 5
    assert nearest(counts, None) is None
    assert nearest((), 0.5) is None


def test_a_rule_that_is_damaged_counts_as_chosen_by_hand(tmp_path: Path) -> None:
    settings = shelf_of_all(tmp_path)
    path = settings.models_dir / "old" / "manifest.json"
    written = path.read_text(encoding="utf-8")
    path.write_text(written.replace('"kind": "f1"', '"kind": "magic"'), encoding="utf-8")
    assert read_card("old", settings).rule.kind in ("hand", "f1")


def test_a_model_that_is_not_there_is_an_error(settings: Settings) -> None:
    with pytest.raises(BundleError):
        read_card("gone", settings)
