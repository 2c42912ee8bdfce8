"""Clusters are found where there are some, and named after what sets them apart."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from core.encode import Encoder, Feature
from core.errors import TrainingError
from core.progress import silent
from core.training.clusters import space_columns, train_clusters
from core.training.data import read_training_data
from core.training.names import ARCHETYPES, Profile, describe_clusters
from tests.core.training.sessions import session_frame, write_sessions


def number(name: str) -> Feature:
    return Feature(name=name, kind="number", dtype="int64")


def test_the_number_of_clusters_is_the_one_of_best_silhouette(trained) -> None:
    silhouettes = trained.bundle.manifest.curves["silhouettes"]
    best = max(silhouettes, key=silhouettes.__getitem__)

    assert set(silhouettes) == {str(k) for k in range(2, 11)}
    assert len(trained.bundle.manifest.clusters) == int(best)


def test_each_has_a_name_of_its_own_and_a_sentence_and_the_largest_is_first(trained) -> None:
    notes = trained.bundle.manifest.clusters
    shares = [
        trained.bundle.manifest.metrics["clusters"][f"{number}.share"]["value"]
        for number in range(len(notes))
    ]

    assert len({note.name for note in notes}) == len(notes)
    assert all(note.sentence.endswith(".") and "all sessions" in note.sentence for note in notes)
    assert shares[0] == max(shares)


def test_three_kinds_of_visit_are_found_and_named(tmp_path: Path) -> None:
    random = np.random.default_rng(1)
    kind = random.choice(3, 2_000, p=[0.5, 0.3, 0.2])
    frame = session_frame(2_000).assign(
        product_views=np.array([0, 9, 4])[kind] + (kind == 1) * random.integers(0, 2, 2_000),
        searches=0,
        cart_adds=np.where(kind == 2, 2, 0),
        cart_removes=0,
        checkouts=np.where(kind == 2, 1, 0),
        duration_seconds=np.array([8.0, 600.0, 300.0])[kind] * random.lognormal(0, 0.1, 2_000),
    )
    data = read_training_data(write_sessions(frame, tmp_path / "s.parquet"))
    found = train_clusters(data, seed=0, progress=silent)
    labels = found.model.assign(found.model.space(data.matrix))

    named = [found.model.names[labels[kind == number][0]] for number in range(3)]
    assert (named[0], named[2]) == ("Quick lookers", "Ready to buy")
    assert named[1] in {"Comparers", "Window shoppers"}
    assert [len(set(labels[kind == number])) for number in range(3)] == [1, 1, 1]


def test_the_same_data_gives_the_same_clusters_names_and_plane(trained) -> None:
    data = read_training_data(trained.sessions)
    again = train_clusters(data, seed=0, progress=silent)
    first = trained.bundle.models.clusters

    np.testing.assert_array_equal(again.model.centres, first.centres)
    np.testing.assert_array_equal(again.model.plane, first.plane)
    assert again.model.names == first.names


def test_the_plane_is_where_sessions_differ_most(trained) -> None:
    data = read_training_data(trained.sessions)
    clusters = trained.bundle.models.clusters
    points = clusters.space(data.matrix)
    x, y = clusters.project(points).T

    np.testing.assert_allclose(clusters.plane @ clusters.plane.T, np.eye(2), atol=1e-9)
    assert x.std() >= y.std() >= 0.9 * max(column.std() for column in points.T) / 2
    assert (clusters.plane.max(axis=1) >= np.abs(clusters.plane).max(axis=1) - 1e-9).all()


def test_what_stands_in_for_what_an_export_doesnt_tell() -> None:
    both = Encoder((number("page_views"), number("product_views"), number("cart_adds")))
    pages = Encoder((number("page_views"), number("clicks"), number("duration_seconds")))
    own = Encoder((number("bounce_rate"), number("page_value")))

    assert space_columns(both) == ("product_views", "cart_adds")
    assert space_columns(pages) == ("page_views", "duration_seconds")
    assert space_columns(own) == ("bounce_rate", "page_value")
    with pytest.raises(TrainingError, match="no number"):
        space_columns(Encoder((Feature(name="device", kind="category", dtype="string"),)))


def test_as_many_clusters_as_can_be_get_names_of_their_own() -> None:
    same = [Profile({"searches": 1.0}, {"searches": 0.5}, {"searches": 0.0}) for _ in range(10)]
    names, sentences = describe_clusters(same, same[0])

    assert len(set(names)) == 10 <= len(ARCHETYPES)
    assert all("close to the average" in sentence for sentence in sentences)


def test_a_sentence_says_in_figures_what_the_name_says() -> None:
    overall = Profile({"cart_adds": 0.2, "product_views": 3.0}, {"cart_adds": 0.1, "product_views": 0.6}, {})
    carts = Profile(
        {"cart_adds": 1.4, "product_views": 6.0},
        {"cart_adds": 1.0, "product_views": 1.0},
        {"cart_adds": 3.0, "product_views": 0.8},
    )
    (name,), (sentence,) = describe_clusters([carts], overall)

    assert name == "Cart builders"
    assert "100% put something in the cart (all sessions: 10%)" in sentence
    assert "6.0 products viewed (all sessions: 3.0)" in sentence
