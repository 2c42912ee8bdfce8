"""Clusters are found where there are some, as many as are stable, and recognised from before."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from core.base.errors import CancelledError, TrainingError
from core.base.progress import silent
from core.bundle.encoder import fit_encoder
from core.bundle.repository import ClusterNote
from core.training.cluster_choice import Candidate, best_candidate
from core.training.cluster_matching import id_order, match_clusters
from core.training.cluster_space import find_space, space_columns
from core.training.clusters import Clustering, train_clusters
from core.training.data.loading import feature_names
from tests.core.training.sessions import as_table, session_frame

N = 1_200
SHARES = (0.5, 0.3, 0.2)


def kinds_of_visit(n: int = N, *, seed: int = 1, shares: tuple[float, ...] = SHARES) -> pd.DataFrame:
    """Return sessions of three kinds: glances, long looks without a cart, and checkouts."""
    random = np.random.default_rng(seed)
    kind = random.choice(3, n, p=shares)
    return session_frame(n, seed=seed).assign(
        product_views=np.array([0, 9, 4])[kind] + (kind == 1) * random.integers(0, 2, n),
        page_views=1,
        searches=0,
        cart_adds=np.where(kind == 2, 2, 0),
        cart_removes=0,
        checkouts=np.where(kind == 2, 1, 0),
        duration_seconds=np.array([8.0, 600.0, 300.0])[kind] * random.lognormal(0, 0.1, n),
        kind=kind,
    )


def data_of(frame: pd.DataFrame) -> SimpleNamespace:
    """Return sessions as clusters need them: without any outcome."""
    table = as_table(frame.drop(columns=["kind", "purchased", "revenue"], errors="ignore"))
    encoder = fit_encoder(table, feature_names(table))
    every = np.arange(len(table))
    return SimpleNamespace(
        encoder=encoder,
        matrix=encoder.transform(table),
        whole=np.ones(len(table), dtype=bool),
        rows=lambda *slices: every,
    )


def bundle_of(clustering: Clustering) -> SimpleNamespace:
    notes = [
        ClusterNote(name=name, sentence=sentence)
        for name, sentence in zip(clustering.model.names, clustering.sentences, strict=True)
    ]
    return SimpleNamespace(
        models=SimpleNamespace(clusters=clustering.model), manifest=SimpleNamespace(clusters=tuple(notes))
    )


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    return kinds_of_visit()


@pytest.fixture(scope="module")
def found(frame: pd.DataFrame) -> Clustering:
    return train_clusters(data_of(frame), seed=0, progress=silent)


def test_three_kinds_of_visit_are_found_and_named_without_any_outcome(
    frame: pd.DataFrame, found: Clustering
) -> None:
    data = data_of(frame)
    labels = found.model.assign(found.model.space(data.matrix))
    kind = frame["kind"].to_numpy()

    assert [len(set(labels[kind == number])) for number in range(3)] == [1, 1, 1]
    assert [found.model.names[labels[kind == number][0]] for number in (0, 2)] == [
        "Quick lookers",
        "Ready to buy",
    ]
    assert list(np.bincount(labels)) == sorted(np.bincount(labels), reverse=True)


def test_the_note_says_why_there_are_so_many(found: Clustering) -> None:
    note = found.note
    three = next(tried for tried in note["candidates"] if tried["k"] == 3)

    assert (note["k"], note["chosen_by"], note["kept"]) == (3, "fit", {})
    assert "were stable" in note["reason"]
    assert "3 separates visits best" in note["reason"]
    assert three["stability"] > 0.98
    assert three["silhouette_low"] <= three["silhouette"] <= three["silhouette_high"]
    assert three["smallest"] == pytest.approx(0.2, abs=0.03)
    assert found.silhouettes[3] == max(found.silhouettes.values())


def test_the_same_data_gives_the_same_clusters_names_and_plane(
    frame: pd.DataFrame, found: Clustering
) -> None:
    again = train_clusters(data_of(frame), seed=0, progress=silent)

    np.testing.assert_array_equal(again.model.centres, found.model.centres)
    np.testing.assert_array_equal(again.model.plane, found.model.plane)
    assert again.model.names == found.model.names
    assert again.note == found.note


def test_the_plane_is_where_sessions_differ_most(frame: pd.DataFrame, found: Clustering) -> None:
    clusters = found.model
    points = clusters.space(data_of(frame).matrix)
    x, y = clusters.project(points).T

    np.testing.assert_allclose(clusters.plane @ clusters.plane.T, np.eye(2), atol=1e-9)
    assert x.std() >= y.std() >= 0.9 * max(column.std() for column in points.T) / 2


def test_number_and_names_by_hand(frame: pd.DataFrame) -> None:
    names = (" Just  looking ", "", "Buyers", "Others")
    clustering = train_clusters(data_of(frame), seed=0, progress=silent, k=4, names=names)

    assert clustering.model.names[0] == "Just looking"
    assert clustering.model.names[1] not in {"", "Just looking", "Buyers", "Others"}
    assert clustering.model.names[2:] == ("Buyers", "Others")
    assert (clustering.note["k"], clustering.note["chosen_by"]) == (4, "hand")
    assert clustering.note["reason"].startswith("Set to 4 by hand. Left alone it would be 3: ")


@pytest.mark.parametrize(
    ("k", "names", "says"),
    [
        (1, None, "1 isn't a valid number"),
        (21, None, "21 isn't a valid number"),
        (3, ("One", "Two"), "2 names are given for 3 clusters"),
        (None, ("One", "one"), "both be called"),
    ],
)
def test_what_cannot_be_had_is_said(
    frame: pd.DataFrame, k: int | None, names: tuple[str, ...] | None, says: str
) -> None:
    with pytest.raises(TrainingError, match=says) as caught:
        train_clusters(data_of(frame), seed=0, progress=silent, k=k, names=names)

    assert caught.value.remedy


def test_more_clusters_than_different_visits_are_refused() -> None:
    frame = kinds_of_visit(300).assign(duration_seconds=5.0, product_views=lambda f: f["kind"])

    with pytest.raises(TrainingError, match="3 different visits are too few"):
        train_clusters(data_of(frame), seed=0, progress=silent, k=4)


def test_sessions_all_alike_are_refused() -> None:
    frame = pd.DataFrame({"session_id": [str(n) for n in range(50)], "searches": [1] * 25 + [None] * 25})

    with pytest.raises(TrainingError, match="alike"):
        train_clusters(data_of(frame), seed=0, progress=silent)


def test_a_cluster_found_again_keeps_name_sentence_and_id(found: Clustering) -> None:
    previous = bundle_of(found)
    renamed = [ClusterNote(name=f"Ours {n}", sentence=f"As we say {n}: old.") for n in range(3)]
    previous.manifest.clusters = tuple(renamed)
    # Later visits, and the smallest kind has become the largest.
    later = data_of(kinds_of_visit(seed=7, shares=(0.2, 0.3, 0.5)))
    again = train_clusters(later, seed=5, progress=silent, previous=previous)

    assert again.model.names == ("Ours 0", "Ours 1", "Ours 2")
    assert again.note["kept"] == {"0": "Ours 0", "1": "Ours 1", "2": "Ours 2"}
    assert all(s.startswith(f"As we say {n}: ") and "old" not in s for n, s in enumerate(again.sentences))
    assert np.bincount(again.model.assign(again.model.space(later.matrix))).argmax() == 2


def test_a_cluster_that_has_moved_away_is_a_new_one(found: Clustering) -> None:
    moved = kinds_of_visit(seed=3).assign(
        product_views=lambda f: np.where(f["kind"] == 1, 200, f["product_views"]),
        duration_seconds=lambda f: np.where(f["kind"] == 1, 90_000.0, f["duration_seconds"]),
    )
    again = train_clusters(data_of(moved), seed=0, progress=silent, previous=bundle_of(found))

    assert set(again.note["kept"]) == {"0", "2"}
    assert len(set(again.model.names)) == 3


def test_centres_are_matched_in_the_earlier_scaling_whatever_the_new_one_is(found: Clustering) -> None:
    model = found.model
    other = type(model)(
        model.columns,
        model.positions,
        model.mean + 1.0,
        model.scale * 3.0,
        ((model.centres * model.scale + model.mean - model.mean - 1.0) / (model.scale * 3.0))[[2, 0, 1]],
        model.plane,
        (),
    )

    assert match_clusters(other, model) == {0: 2, 1: 0, 2: 1}


def test_ids_are_kept_where_they_exist() -> None:
    assert id_order({0: 2, 1: 0}, 3) == [1, 2, 0]
    assert id_order({0: 5}, 2) == [0, 1]


def test_progress_rises_and_can_stop_the_work(frame: pd.DataFrame) -> None:
    told: list[float] = []

    def report(share: float, message: str) -> None:
        told.append(share)
        if share > 0.3:
            raise CancelledError("Stopped.")

    with pytest.raises(CancelledError):
        train_clusters(data_of(frame), seed=0, progress=report)

    assert told == sorted(told)
    assert len(told) > 20


def candidate(k: int, silhouette: float, stability: float = 0.95, smallest: float = 0.1) -> Candidate:
    return Candidate(
        k, silhouette, silhouette - 0.01, silhouette + 0.01, stability, 0.9, 1.0, smallest, 4_000, 12
    )


@pytest.mark.parametrize(
    ("candidates", "k", "says"),
    [
        ([candidate(3, 0.4), candidate(4, 0.5), candidate(5, 0.6, stability=0.5)], 4, "2 of the 3 numbers"),
        ([candidate(3, 0.5), candidate(4, 0.505)], 3, "3 does so as well with fewer clusters"),
        ([candidate(2, 0.6), candidate(3, 0.4), candidate(4, 0.3)], 3, "2 left aside"),
        ([candidate(2, 0.6), candidate(3, 0.4, stability=0.3)], 2, "1 of the 2 numbers tried was stable: 2"),
        ([candidate(3, 0.6, stability=0.3), candidate(4, 0.4, stability=0.6)], 4, "None of the 2"),
        ([candidate(3, 0.4), candidate(4, 0.6, smallest=0.001)], 3, "1 of the 2"),
    ],
)
def test_the_rule(candidates: list[Candidate], k: int, says: str) -> None:
    best, reason = best_candidate(candidates)

    assert best.k == k
    assert says in reason


@pytest.mark.parametrize(("n", "most"), [(59, 2), (100, 3), (150, 5)])
def test_few_visits_make_few_clusters_and_it_is_said_how_many_each_needs(n: int, most: int) -> None:
    note = train_clusters(data_of(session_frame(n, seed=3)), seed=0, progress=silent).note

    assert max(tried["k"] for tried in note["candidates"]) == most
    assert f"Of {n} sessions at most {most} clusters are made: each needs about 30" in note["reason"]


def test_more_clusters_than_few_visits_make_can_be_set_by_hand() -> None:
    assert train_clusters(data_of(session_frame(59, seed=3)), seed=0, k=4, progress=silent).note["k"] == 4


def test_what_stands_in_for_what_an_export_doesnt_tell() -> None:
    random = np.random.default_rng(0)
    some = {
        name: random.exponential(5, 400) + 1
        for name in ("page_views", "product_views", "cart_adds", "clicks", "duration_seconds")
    }
    own = {"bounce_rate": random.random(400), "page_value": random.random(400)}

    def columns(*names: str) -> tuple[str, ...]:
        return space_columns({name: some[name] for name in names})

    assert columns("product_views", "cart_adds", "duration_seconds", "page_views") == (
        "product_views",
        "cart_adds",
        "duration_seconds",
    )
    assert columns("product_views", "cart_adds", "page_views") == (
        "product_views",
        "cart_adds",
        "page_views",
    )
    assert columns("page_views", "clicks", "duration_seconds") == ("page_views", "duration_seconds")
    assert space_columns(own) == ("bounce_rate", "page_value")


def test_what_says_the_same_again_or_is_hardly_told_is_left_out() -> None:
    views = np.random.default_rng(0).exponential(5, 400) + 1
    categories = np.where(np.arange(400) % 2, 0.0, np.random.default_rng(1).integers(1, 5, 400))

    assert space_columns({"product_views": views, "page_views": views + 0.01}) == ("product_views",)
    assert space_columns({"product_views": views, "unique_categories": categories, "x": -categories}) == (
        "product_views",
        "x",
    )


def test_without_any_number_there_is_nothing_to_find() -> None:
    frame = pd.DataFrame({"session_id": list("abcd") * 10, "device": ["phone", "desk"] * 20})
    table = as_table(frame)
    encoder = fit_encoder(table, ["device"])

    with pytest.raises(TrainingError, match="no number"):
        find_space(encoder.transform(table), encoder)


def test_every_cluster_of_a_bundle_has_a_name_of_its_own_and_a_sentence(trained) -> None:
    notes = trained.bundle.manifest.clusters

    assert len({note.name for note in notes}) == len(notes)
    assert all(note.sentence.endswith(".") and "all visits" in note.sentence for note in notes)
