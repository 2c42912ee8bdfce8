"""What live said of sessions after so many events, kept until it is known whether they bought.

After the same numbers of events as a model's card is about, so that the two can be set side by side: of
sessions that went on after that, everything, and before the first cart add.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.base.settings import Settings
from core.bundle.model_card import JUDGED
from core.bundle.predictor import Predictor
from core.live.connection import Connection
from core.live.database import reader
from core.live.scoring import OVER, RUNNING, Score
from core.stats.calibration import calibration_error
from core.stats.estimate import Figure
from core.stats.ranked import RankedOutcomes
from core.stats.ranking import pr_auc, roc_auc

#: Days and rows that are kept.
DAYS, MOST_ROWS = 30, 500_000
#: With fewer buyers, or others, figures say nothing; as for a card (``core.training.early``).
LEAST = 5
ALL, BEFORE_CART = "all", "before_cart"
_DAY = 86_400_000_000
_COLUMNS = "source, session_id, k, model, probability, has_cart, visitor_id, scored_at"
_NOTE = (
    f"INSERT INTO early ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?) "
    "ON CONFLICT (session_id, source, k) DO UPDATE SET model = excluded.model, "
    "probability = excluded.probability, has_cart = excluded.has_cart, scored_at = excluded.scored_at"
)


def keep(connection: Connection, scores: Iterable[Score], *, state: str, now: int) -> None:
    """Keep what was said after so many events, or of sessions that are over what became of them."""
    if state == RUNNING:
        connection.executemany(_NOTE, [row for score in scores if (row := _said(score, now))])
    elif state == OVER:
        connection.executemany(
            "UPDATE early SET n_events = ?, purchased = ? WHERE source = ? AND session_id = ?",
            [
                (s.row["n_events"], int(s.row["purchased"]), s.visit.source, s.visit.session_id)
                for s in scores
                if s.row.get("purchased") is not None
            ],
        )


def _said(score: Score, now: int) -> tuple[Any, ...] | None:
    row, probability = score.row, score.prediction.get("purchase_probability")
    if row.get("n_events") not in JUDGED or row.get("purchased") or probability is None:
        return None
    return (
        score.visit.source, score.visit.session_id, row["n_events"], score.model, probability,
        int(bool(row.get("cart_adds"))), score.visit.visitor_id, now,
    )  # fmt: skip


def forget(connection: Connection, now: int) -> None:
    """Forget what is old, and of very much the oldest."""
    connection.execute("DELETE FROM early WHERE scored_at < ?", [now - DAYS * _DAY])
    connection.execute(
        "DELETE FROM early WHERE scored_at < "
        "(SELECT scored_at FROM early ORDER BY scored_at DESC LIMIT 1 OFFSET ?)",
        [MOST_ROWS],
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """How good predictions after ``k`` events were: of sessions that went on, ``n`` in all.

    ``figures`` are live's, ``card`` those of the model's card, each with its 95% interval: ROC-AUC, PR-AUC
    and calibration error. Without enough buyers there are none.
    """

    k: int
    regime: str
    n: int
    buyers: int
    figures: Mapping[str, Figure]
    card: Mapping[str, Figure]

    def agrees(self, name: str) -> bool | None:
        """Whether the intervals of a figure overlap; None where one of them isn't known."""
        ours, theirs = self.figures.get(name), self.card.get(name)
        if ours is None or theirs is None:
            return None
        ends = (ours.low, ours.high, theirs.low, theirs.high)
        if any(end is None for end in ends):
            return None
        return bool(ours.low <= theirs.high and theirs.low <= ours.high)  # type: ignore[operator]


def judged(settings: Settings, *, model: str | None = None, source: str | None = None) -> tuple[Judged, ...]:
    """Return how good live predictions were after so many events, of the model in use or another.

    Without a source, of all but synthetic ones.
    """
    predictor = Predictor.load(model, settings)
    which, values = ("keys.synthetic = 0", []) if source is None else ("early.source = ?", [source])
    rows = (
        reader(settings)
        .execute(
            "SELECT k, has_cart, probability, purchased, early.source, coalesce(visitor_id, session_id) "
            "FROM early JOIN keys ON keys.id = early.source "
            f"WHERE purchased IS NOT NULL AND n_events > k AND model = ? AND {which}",
            [predictor.name, *values],
        )
        .fetchall()
    )
    return judge(
        [(k, bool(cart), p, bool(bought), (s, who)) for k, cart, p, bought, s, who in rows], predictor
    )


#: Events seen, whether something was in the cart by then, probability, whether it bought, visitor.
Said = tuple[int, bool, float, bool, object]


def judge(said: Sequence[Said], predictor: Predictor) -> tuple[Judged, ...]:
    """Return figures of predictions for each number of events and regime, beside the card's."""
    card = {(row["k"], row["regime"]): row["metrics"] for row in predictor.manifest.early}
    made = []
    for k in JUDGED:
        for regime in (ALL, BEFORE_CART):
            chosen = [each for each in said if each[0] == k and (regime == ALL or not each[1])]
            if not chosen:
                continue
            told = card.get((k, regime), {})
            made.append(
                Judged(
                    k=k, regime=regime, n=len(chosen), buyers=sum(each[3] for each in chosen),
                    figures=_figures(chosen),
                    card={name: Figure(**told[name]) for name in _MADE if name in told},
                )
            )  # fmt: skip
    return tuple(made)


_MADE = {"roc_auc": roc_auc, "pr_auc": pr_auc, "calibration_error": calibration_error}


def _figures(said: Sequence[Said]) -> dict[str, Figure]:
    outcome = np.array([each[3] for each in said])
    if min(outcome.sum(), len(outcome) - outcome.sum()) < LEAST:
        return {}
    numbers: dict[object, int] = {}
    visitors = np.array([numbers.setdefault(each[4], len(numbers)) for each in said])
    probability = np.array([each[2] for each in said])
    ranked = RankedOutcomes.of_probabilities(probability, outcome, visitors)
    return {name: figure(ranked) for name, figure in _MADE.items()}
