"""How many kinds of visit there are: as many as come out again on other samples and lie well apart.

Of few visits only few kinds are looked for (``VISITS_EACH``).

A number of clusters is stable if KMeans on resampled visits sorts the same visits the same way (mean
adjusted Rand index). Of the stable ones the best silhouette wins.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from core.base.errors import TrainingError
from core.base.progress import Progress, part
from core.base.written import counted
from core.bundle.encoder import Vector
from core.stats.estimate import Z95

Codes = npt.NDArray[np.int64]

FEWEST, MOST = 2, 10
#: By hand there may be more, but a list of more than this is no help to anybody.
MOST_BY_HAND = 20
#: Sessions silhouettes and stability are measured on, and sessions a resample is drawn with.
JUDGED_ROWS, RESAMPLED_ROWS = 4_000, 6_000
#: Starts of KMeans on all visits and on a resample, and how many of these.
STARTS, RESAMPLED_STARTS, RESAMPLES = 4, 3, 12
#: Mean adjusted Rand index from which on clusters count as stable.
STABLE = 0.8
#: Visits a cluster has on average, at least: of fewer, averages and conversion say nothing of its kind.
VISITS_EACH = 30
#: A cluster with a smaller share of the visits isn't worth a name.
SMALLEST = 0.005


@dataclass(frozen=True, slots=True)
class Candidate:
    """A number of clusters and how well it did; ``n`` sessions judged it, in ``resamples`` resamples."""

    k: int
    silhouette: float
    silhouette_low: float
    silhouette_high: float
    stability: float
    stability_low: float
    stability_high: float
    smallest: float
    n: int
    resamples: int

    @property
    def stable(self) -> bool:
        """Whether its clusters come out again on other samples, none of them tiny."""
        return self.stability >= STABLE and self.smallest >= SMALLEST


@dataclass(frozen=True, slots=True)
class Choice:
    """The chosen centres, largest cluster first, and why there are so many."""

    centres: Vector
    chosen_by: str
    candidates: tuple[Candidate, ...]
    reason: str

    def note(self) -> dict[str, Any]:
        """Return what the manifest says of it."""
        return {
            "k": len(self.centres),
            "chosen_by": self.chosen_by,
            "candidates": [
                {name: value if isinstance(value, int) else round(value, 6) for name, value in told.items()}
                for told in map(asdict, self.candidates)
            ],
            "reason": self.reason,
        }


def choose_clusters(points: Vector, *, by_hand: int | None, seed: int, progress: Progress) -> Choice:
    """Fit every number of clusters in question and choose one; the one set by hand, if there is one.

    Raises
    ------
    TrainingError
        If no number tells sessions apart, or there are too few different ones for the one by hand.
    """
    # Loaded before the limit below, which reaches only libraries that are: threads that wait for each
    # other on a busy machine take ten times as long.
    import sklearn.cluster
    import sklearn.metrics  # noqa: F401
    from threadpoolctl import threadpool_limits

    # Visits exactly alike have the same number: resamples of few different ones are told by it.
    alike = np.unique(points.round(9), axis=0, return_inverse=True)[1].ravel()
    different = int(alike.max()) + 1
    enough = max(FEWEST, len(points) // VISITS_EACH)
    most = min(MOST, enough, different, len(points) - 1)
    _check(by_hand, different)
    numbers = [*range(FEWEST, most + 1), *([by_hand] if by_hand and by_hand > most else [])]
    tried: dict[int, tuple[Candidate, Vector]] = {}
    # One thread: sums in another order could move a session from one cluster to the next.
    with threadpool_limits(1):
        for place, k in enumerate(numbers):
            found = _try(
                points, alike, k, seed, part(progress, place / len(numbers), (place + 1) / len(numbers))
            )
            if found is not None:
                tried[k] = found
    if not tried or (by_hand and by_hand not in tried):
        raise TrainingError("These sessions don't fall into clusters.", remedy="Export more sessions.")
    candidates = tuple(candidate for candidate, _ in tried.values())
    best, reason = best_candidate(candidates)
    if most == enough < MOST:
        reason += (
            f" Of {counted(len(points), 'session')} at most {enough} clusters are made: each needs about "
            f"{VISITS_EACH} sessions."
        )
    if by_hand:
        reason = f"Set to {by_hand} by hand. Left alone it would be {best.k}: {reason[0].lower()}{reason[1:]}"
    chosen = by_hand or best.k
    return Choice(tried[chosen][1], "hand" if by_hand else "fit", candidates, reason)


def best_candidate(candidates: Sequence[Candidate]) -> tuple[Candidate, str]:
    """Return the number of clusters to take, and why, in a sentence.

    The best silhouette of the stable ones; fewer clusters where they are within its interval. Two
    clusters are taken only where nothing else is stable: they lie apart in any shop, and tell no more
    than that some visits are longer than others.
    """
    stable = [candidate for candidate in candidates if candidate.stable]
    tried = f"{len(candidates)} numbers tried" if len(candidates) > 1 else "one number tried"
    if not stable:
        best = max(candidates, key=lambda candidate: candidate.stability)
        return best, f"None of the {tried} was stable; {best.k} comes closest."
    several = [candidate for candidate in stable if candidate.k > FEWEST]
    farthest = max(several or stable, key=lambda candidate: candidate.silhouette)
    level = [c for c in several or stable if c.silhouette >= farthest.silhouette_low]
    best = min(level, key=lambda candidate: candidate.k)
    were = f"{len(stable)} of the {tried} {'was' if len(stable) == 1 else 'were'} stable"
    if len(stable) == 1:
        return best, f"{were}: {best.k}."
    reason = f"{were}; of those, {farthest.k} separates visits best"
    if best is not farthest:
        reason += f", and {best.k} does so as well with fewer clusters"
    halves = next((c for c in stable if c.k == FEWEST and c.silhouette > best.silhouette), None)
    if halves and several:
        reason += f", {FEWEST} left aside: that would only part busy visits from the others"
    return best, f"{reason}."


def _check(by_hand: int | None, different: int) -> None:
    if by_hand is None:
        return
    if not FEWEST <= by_hand <= MOST_BY_HAND:
        raise TrainingError(
            f"{by_hand} isn't a valid number of clusters.",
            remedy=f"Choose from {FEWEST} to {MOST_BY_HAND}.",
        )
    if by_hand > different:
        raise TrainingError(
            f"{different} different visits are too few for {by_hand} clusters.",
            remedy="Choose fewer clusters, or let the fit decide.",
        )


def _try(
    points: Vector, alike: Codes, k: int, seed: int, progress: Progress
) -> tuple[Candidate, Vector] | None:
    from sklearn.cluster import KMeans
    from sklearn.metrics import adjusted_rand_score, silhouette_samples

    message = f"Looking for {k} kinds of visit"
    progress(0.0, message)
    random = np.random.default_rng([seed, k])
    model = KMeans(k, n_init=STARTS, random_state=seed).fit(points)
    judged = points[np.sort(random.permutation(len(points))[:JUDGED_ROWS])]
    labels = model.predict(judged)
    if len(np.unique(labels)) < FEWEST:
        return None
    apart = silhouette_samples(judged, labels)
    agreement = np.empty(RESAMPLES)
    for draw in range(RESAMPLES):
        progress((draw + 1) / (RESAMPLES + 1), message)
        rows = random.integers(0, len(points), min(len(points), RESAMPLED_ROWS))
        if len(np.unique(alike[rows])) < k:
            agreement[draw] = 0.0
            continue
        again = KMeans(k, n_init=RESAMPLED_STARTS, random_state=seed + draw + 1).fit(points[rows])
        agreement[draw] = adjusted_rand_score(labels, again.predict(judged))
    sizes = np.bincount(model.labels_, minlength=k)
    silhouette, stability = _interval(apart), _interval(agreement)
    candidate = Candidate(
        k, *silhouette, *stability, float(sizes.min() / len(points)), len(judged), RESAMPLES
    )
    return candidate, model.cluster_centers_[np.lexsort((np.arange(k), -sizes))]


def _interval(values: Vector) -> tuple[float, float, float]:
    """Return the mean and its 95% interval."""
    mean = float(values.mean())
    half = Z95 * float(values.std()) / max(len(values), 1) ** 0.5
    return mean, max(-1.0, mean - half), min(1.0, mean + half)
