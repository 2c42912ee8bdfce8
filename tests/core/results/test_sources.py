"""Where scored sessions come from, and what is said of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from core.base.errors import NotFoundError
from core.results.sources import TRAINING, choose_source, find_source, list_sources, source_manifest
from core.storage import get_store
from tests.core.whatif.handmade import NAMES, make_bundle
from tests.core.whatif.shop import Shop, shop

__all__ = ["shop"]


def test_finished_results_come_first_and_the_training_data_last(shop: Shop) -> None:
    dataset = get_store().datasets()[0]
    waiting = get_store().create_result(dataset.id, bundle="demo-shop")
    sources = list_sources()

    assert [source.id for source in sources] == [shop.result.id, TRAINING]
    assert sources[0].description == "All 700 sessions of “March visits”."
    assert sources[0].currency == "EUR"
    with pytest.raises(NotFoundError, match="isn't finished"):
        find_source(waiting.id)


def test_the_training_data_says_plainly_what_it_is(shop: Shop) -> None:
    training = find_source(TRAINING)

    assert training.is_training
    assert training.synthetic
    assert training.description == (
        "A sample of 1,500 sessions from the synthetic demo shop that the model hadn't seen in training."
    )


def test_a_model_from_real_data_is_not_called_the_demo_shop(shop: Shop) -> None:
    make_bundle(shop.settings, name="my-shop", synthetic=False)
    from core.results.sources import training_source

    assert "the data “my-shop” learned from" in training_source("my-shop").description


def test_a_link_to_a_source_that_is_gone_shows_another_and_says_so(shop: Shop) -> None:
    known = list_sources()

    assert choose_source(None, known) == (known[0], [])
    assert choose_source(TRAINING, known) == (known[-1], [])
    chosen, notes = choose_source("gone", known)
    assert chosen == known[0]
    assert "“March visits” is shown instead" in notes[0]


def test_sessions_are_found_by_their_id(shop: Shop) -> None:
    row = shop.telling
    source = find_source(shop.result.id)

    assert dict(source.session(row["session_id"])) == row
    with pytest.raises(NotFoundError, match="not found in this result"):
        source.session("'; DROP TABLE sessions; --")


def test_clusters_are_described_by_the_bundle_that_scored_them(shop: Shop) -> None:
    manifest = source_manifest(find_source(shop.result.id))

    assert manifest is not None
    assert [note.sentence for note in manifest.clusters] == [f"{name}, in a sentence." for name in NAMES]


def test_clusters_of_a_bundle_that_is_gone_or_trained_anew_since_are_not_described(shop: Shop) -> None:
    source = find_source(shop.result.id)

    assert source_manifest(replace(source, bundle="gone")) is None
    assert source_manifest(replace(source, made=datetime(2020, 1, 1, tzinfo=UTC))) is None
    assert source_manifest(find_source(TRAINING)) is not None
