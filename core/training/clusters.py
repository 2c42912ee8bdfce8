"""Which kinds of visit there are: KMeans over whole sessions, named, and recognised from before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from core.base.errors import BundleError, TrainingError
from core.base.progress import Progress, part
from core.bundle.cluster_names import clean_names
from core.bundle.encoder import Vector
from core.bundle.models import ClusterModel
from core.training.cluster_choice import choose_clusters
from core.training.cluster_matching import id_order, match_clusters
from core.training.cluster_naming import Profile, claim_holds, describe_clusters, facts
from core.training.cluster_space import Space, find_space
from core.training.data.splits import TRAIN

if TYPE_CHECKING:
    from core.bundle.repository import Bundle, ClusterNote
    from core.training.data.loading import TrainingData

SAMPLE_ROWS = 30_000


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
    """Fit clusters on whole sessions of the train slice.

    Parameters
    ----------
    data
        Only its encoder, its matrix and which rows are whole are used, no outcome.
    k
        The number of clusters, set by hand; by stability and silhouette without it.
    names
        Names by hand, by id (the largest cluster first); an empty one leaves the name to the fit.
    previous
        A bundle whose clusters keep name, sentence and id where they are found again.

    Raises
    ------
    TrainingError
        If nothing tells sessions apart, or ``k`` and ``names`` can't be had.
    """
    by_hand = _names_by_hand(names, k)
    rows = data.rows(TRAIN)
    rows = rows[data.whole[rows]]
    if len(rows) > SAMPLE_ROWS:
        rows = np.sort(np.random.default_rng(seed).choice(rows, SAMPLE_ROWS, replace=False))
    space = find_space(data.matrix[rows], data.encoder)
    choice = choose_clusters(
        space.points, by_hand=k or len(by_hand) or None, seed=seed, progress=part(progress, 0.0, 0.95)
    )
    progress(0.95, "Naming the kinds of visit")
    model = ClusterModel(
        space.columns, space.positions, space.mean, space.scale, choice.centres, _plane(space.points), ()
    )
    matched = match_clusters(model, previous.models.clusters) if previous else {}
    order = id_order(matched, len(model.centres))
    model = replace(model, centres=model.centres[order])
    found = {place: matched[number] for place, number in enumerate(order) if number in matched}
    earlier = previous.manifest.clusters if previous else ()
    model, sentences, kept = _named(model, space, found, earlier, by_hand)
    return Clustering(model, sentences, choice.note() | {"kept": kept})


def _names_by_hand(names: Sequence[str] | None, k: int | None) -> tuple[str, ...]:
    try:
        cleaned = clean_names(names or ())
    except BundleError as error:
        raise TrainingError(error.message, remedy=error.remedy) from None
    if cleaned and k and len(cleaned) != k:
        raise TrainingError(
            f"{len(cleaned)} names are given for {k} clusters.",
            remedy="Give one name per cluster, or leave out the number of clusters.",
        )
    return cleaned


def _named(
    model: ClusterModel,
    space: Space,
    found: dict[int, int],
    earlier: Sequence[ClusterNote],
    by_hand: tuple[str, ...],
) -> tuple[ClusterModel, tuple[str, ...], dict[str, str]]:
    """Return the model with names, a sentence each, and the names kept from before by id."""
    labels = model.assign(space.points)
    overall = _profile(space, np.ones(len(labels), dtype=bool))
    profiles = [_profile(space, labels == number) for number in range(len(model.centres))]
    asked = {number: name for number, name in enumerate(by_hand) if name}
    taken = {name.casefold() for name in asked.values()}
    kept = {
        number: earlier[old]
        for number, old in found.items()
        if number not in asked
        and earlier[old].name.casefold() not in taken
        # What was true of last year's visits may not be of these.
        and claim_holds(earlier[old].name, profiles[number], overall)
    }
    names = asked | {number: note.name for number, note in kept.items()}
    sentences = {
        number: _again(note.sentence, facts(profiles[number], overall)) for number, note in kept.items()
    }
    fresh = [number for number in range(len(profiles)) if number not in kept]
    described = describe_clusters([profiles[n] for n in fresh], overall, taken=tuple(names.values()))
    for number, name, sentence in zip(fresh, *described, strict=True):
        names.setdefault(number, name)
        sentences[number] = sentence
    return (
        replace(model, names=tuple(names[number] for number in range(len(profiles)))),
        tuple(sentences[number] for number in range(len(profiles))),
        {str(number): note.name for number, note in sorted(kept.items())},
    )


def _again(sentence: str, figures: str) -> str:
    """Return an earlier sentence with today's figures, where it has the form sentences get."""
    opening, colon, _ = sentence.partition(": ")
    return f"{opening}: {figures}." if colon else sentence


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


def _profile(space: Space, rows: npt.NDArray[np.bool_]) -> Profile:
    averages, some, differences = {}, {}, {}
    for index, name in enumerate(space.columns):
        inside, everyone = space.values[rows, index], space.values[:, index]
        if not np.isfinite(inside).any():
            continue
        averages[name] = float(np.nanmean(space.raw[rows, index]))
        some[name] = float(np.nanmean(space.raw[rows, index] > 0))
        differences[name] = float((np.nanmean(inside) - np.nanmean(everyone)) / space.scale[index])
    return Profile(averages, some, differences)
