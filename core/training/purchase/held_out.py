"""The contest where there is much to learn from: kinds are fitted to the train slice, judged by the next."""

from __future__ import annotations

from functools import cache

import numpy as np

from core.base.progress import Progress, part
from core.base.written import number
from core.bundle.encoder import Vector
from core.bundle.models import Blend
from core.training.data.loading import TrainingData
from core.training.data.splits import TRAIN, VALIDATION
from core.training.purchase.candidates import TRAINING_THREADS, Fitted, fit, in_smaller_steps
from core.training.purchase.contest import (
    Contest,
    Winner,
    blended,
    chosen_settings,
    competing,
    parts_of,
    ticking,
)
from core.training.purchase.options import TrainingOptions
from core.training.purchase.samples import Sample, draw, sample, with_hidden
from core.training.purchase.search import MOST_HELD, Fold, search, searched_on
from core.training.purchase.search import MOST_ROWS as SEARCHED_ROWS
from core.training.purchase.trials import Found

#: More training rows than this only take longer.
MOST_ROWS = 200_000


def hold_out(
    data: TrainingData, seed: int, options: TrainingOptions, progress: Progress, found: Found | None
) -> Contest:
    """Fit kinds to as many rows as a search takes, and judge them; the winner is then fitted to all."""
    rows = data.rows(TRAIN)
    if len(rows) > MOST_ROWS:
        rows = rows[draw(data.purchased[rows], MOST_ROWS, np.random.default_rng(seed))]
    held_rows = data.rows(VALIDATION)
    fold = Fold(sample(data, rows), sample(data, held_rows))
    own = (
        None
        if found
        else search([fold], data.encoder, options=options, seed=seed, progress=part(progress, 0.0, 0.7))
    )
    found = found or own or Found()
    chosen = chosen_settings(found, options.kinds, second=False)
    alike = searched_on(fold, data.encoder, seed)

    @cache
    def on_alike(kind: str) -> Fitted:
        """Return a kind fitted to as many rows as all others; by the search, if it was made on these."""
        if own and (fitted := own.fitted(kind, chosen[kind])):
            return fitted[0]
        tick = ticking(progress, 0.7, kind)
        return fit(kind, chosen[kind], alike.rows, seed=seed, held=alike.held, tick=tick)

    @cache
    def learned() -> Sample:
        return with_hidden(fold.rows, data.encoder, seed)

    def on_all(kind: str) -> Fitted:
        settings = in_smaller_steps(chosen[kind])
        if settings is chosen[kind] and len(rows) <= SEARCHED_ROWS and len(held_rows) <= MOST_HELD:
            return on_alike(kind)
        tick = ticking(progress, 0.85, kind)
        return fit(kind, settings, learned(), seed=seed, held=fold.held, tick=tick)

    @cache
    def score(kind: str) -> Vector:
        if kind == "blend":
            return Blend.mean([score(member) for member in blended(chosen)])
        return on_alike(kind).classifier.score(fold.held.matrix, TRAINING_THREADS)

    def finish(kind: str) -> Winner:
        members = {member: on_all(member) for member in parts_of(kind, chosen)}
        classifiers = tuple(one.classifier for one in members.values())
        classifier = Blend(classifiers) if kind == "blend" else classifiers[0]
        return Winner(
            classifier,
            classifier.score(fold.held.matrix, TRAINING_THREADS),
            {member: in_smaller_steps(chosen[member]) for member in members},
            {member: (one.rounds,) for member, one in members.items()},
        )

    return Contest(
        held_rows,
        np.ones(len(held_rows), dtype=bool),
        {kind: score(kind) for kind in competing(chosen)},
        finish,
        _in_words(len(rows)),
        chosen,
        found,
    )


def _in_words(rows: int) -> str:
    if rows <= SEARCHED_ROWS:
        return "the validation slice"
    return f"the validation slice, after learning from {number(SEARCHED_ROWS)} examples each"
