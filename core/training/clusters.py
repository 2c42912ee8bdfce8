"""Which kinds of visit there are: KMeans over whole sessions, with as many clusters as fit best."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from core.encode import Encoder, Vector
from core.errors import TrainingError
from core.models import ClusterModel, signed_log
from core.progress import Progress
from core.training.data import TrainingData
from core.training.names import Profile, describe_clusters
from core.training.splits import TRAIN

if TYPE_CHECKING:
    from core.bundle import Bundle

#: What a kind of visit is made of. Each says something of its own: pages, clicks and all events
#: would count the same activity several times over, and drown the cart.
SPACE = ("product_views", "searches", "cart_adds", "cart_removes", "checkouts", "duration_seconds")
#: What stands in for products where an export doesn't tell them, best first.
INSTEAD_OF_PRODUCTS = ("page_views", "clicks", "n_events")
FEWEST, MOST = 2, 10
SAMPLE_ROWS, SILHOUETTE_ROWS = 30_000, 5_000
STARTS = 4


@dataclass(frozen=True, slots=True)
class Clustering:
    """The clusters, a sentence each, and why there are so many: ``Manifest.clustering``."""

    model: ClusterModel
    sentences: tuple[str, ...]
    note: dict[str, Any]

    @property
    def silhouettes(self) -> dict[int, float]:
        """How well each number of clusters that was tried keeps visits apart."""
        return {tried["k"]: tried["silhouette"] for tried in self.note["candidates"]}


def train_clusters(
    data: TrainingData,
    *,
    seed: int,
    progress: Progress,
    k: int | None = None,
    names: Sequence[str] | None = None,
    previous: Bundle | None = None,
) -> Clustering:
    """Fit clusters on whole sessions of the train slice; the number of clusters by silhouette.

    Raises
    ------
    TrainingError
        If no number tells sessions apart.
    """
    rows = data.rows(TRAIN)
    rows = rows[data.whole[rows]]
    if len(rows) > SAMPLE_ROWS:
        rows = np.sort(np.random.default_rng(seed).choice(rows, SAMPLE_ROWS, replace=False))
    columns = space_columns(data.encoder)
    positions = tuple(data.encoder.columns.index(name) for name in columns)
    raw = data.matrix[rows][:, list(positions)].astype(np.float64)
    values = signed_log(raw)
    known = ~np.isnan(values)
    count = np.maximum(known.sum(axis=0), 1)
    mean = np.where(known, values, 0.0).sum(axis=0) / count
    spread = np.sqrt((np.where(known, values - mean, 0.0) ** 2).sum(axis=0) / count)
    spread[spread < 1e-9] = 1.0
    points = np.where(known, (values - mean) / spread, 0.0)
    if len(np.unique(points, axis=0)) < FEWEST:
        raise TrainingError(
            "All sessions are alike: there are no kinds of visit to tell apart.",
            remedy="Export what visitors did: pages, products, carts, times.",
        )
    centres, silhouettes = _best_centres(points, seed, progress)
    nameless = ClusterModel(columns, positions, mean, spread, centres, _plane(points), ())
    labels = nameless.assign(points)
    profiles = [_profile(raw, values, spread, columns, labels == number) for number in range(len(centres))]
    overall = _profile(raw, values, spread, columns, np.ones(len(raw), dtype=bool))
    names, sentences = describe_clusters(profiles, overall)
    model = ClusterModel(columns, positions, mean, spread, centres, nameless.plane, names)
    note = {"k": len(centres), "chosen_by": "fit", "reason": "", "kept": {}}
    tried = [{"k": k, "silhouette": score, "stability": None} for k, score in silhouettes.items()]
    return Clustering(model, sentences, note | {"candidates": tried})


def space_columns(encoder: Encoder) -> tuple[str, ...]:
    """Return the features clusters are made of; if the data has hardly any of ours, all its numbers."""
    names = {feature.name for feature in encoder.features if feature.kind == "number"}
    products = next((name for name in ("product_views", *INSTEAD_OF_PRODUCTS) if name in names), None)
    ours = tuple(name for name in (products, *SPACE[1:]) if name in names)
    if len(ours) >= FEWEST:
        return ours
    rest = tuple(feature.name for feature in encoder.features if feature.kind == "number")
    if not rest:
        raise TrainingError(
            "There is no number in these sessions to tell kinds of visit apart by.",
            remedy="Export counts or times: pages, products, seconds.",
        )
    return rest


def _best_centres(points: Vector, seed: int, progress: Progress) -> tuple[Vector, dict[int, float]]:
    from sklearn.cluster import KMeans
    from sklearn.metrics import silhouette_score
    from threadpoolctl import threadpool_limits

    random = np.random.default_rng(seed)
    sample = np.sort(random.permutation(len(points))[:SILHOUETTE_ROWS])
    most = min(MOST, len(np.unique(points, axis=0)), len(points) - 1)
    found: dict[int, tuple[float, Vector]] = {}
    # One thread: sums in another order could move a session from one cluster to the next.
    with threadpool_limits(1):
        for k in range(FEWEST, most + 1):
            progress((k - FEWEST) / (most - FEWEST + 1), f"Looking for {k} kinds of visit")
            model = KMeans(k, n_init=STARTS, random_state=seed).fit(points)
            labels = model.labels_[sample]
            if len(np.unique(labels)) > 1:
                score = float(silhouette_score(points[sample], labels))
                sizes = np.bincount(model.labels_, minlength=k)
                order = np.lexsort((np.arange(k), -sizes))
                found[k] = (score, model.cluster_centers_[order])
    if not found:
        raise TrainingError("These sessions don't fall into kinds of visit.", remedy="Export more sessions.")
    best = max(found, key=lambda k: found[k][0])
    return found[best][1], {k: score for k, (score, _) in found.items()}


def _plane(points: Vector) -> Vector:
    """Return the two directions in which sessions differ most, shape (2, columns)."""
    centred = points - points.mean(axis=0)
    _, vectors = np.linalg.eigh(centred.T @ centred)
    axes = vectors[:, ::-1].T[:2]
    if len(axes) < 2:
        axes = np.vstack([axes, np.zeros_like(axes[0])])
    # An axis and its opposite are equally good; the one along which its main feature rises is kept.
    main = np.abs(axes.round(9)).argmax(axis=1)
    signs = np.where(axes[np.arange(len(axes)), main] < 0, -1.0, 1.0)
    return np.asarray(axes * signs[:, None])


def _profile(
    raw: Vector,
    values: Vector,
    spread: Vector,
    columns: tuple[str, ...],
    rows: Any,  # noqa: ANN401
) -> Profile:
    averages, some, differences = {}, {}, {}
    for index, name in enumerate(columns):
        inside, everyone = values[rows, index], values[:, index]
        if not np.isfinite(inside).any():
            continue
        averages[name] = float(np.nanmean(raw[rows, index]))
        some[name] = float(np.nanmean(raw[rows, index] > 0))
        differences[name] = float((np.nanmean(inside) - np.nanmean(everyone)) / spread[index])
    return Profile(averages, some, differences)
