"""One scored session with all that is known of it: prediction, reasons, events, and how it ended."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from core.base.errors import CoreError
from core.bundle.predictor import Predictor
from core.explain import Explanation, Reason, explain_one, reasons
from core.explain.sampling import predictor_of
from core.journeys import has_events, session_events
from core.results.sources import Source
from core.results.trust import Trust, trust_of_source
from core.whatif.verdict import Verdict, verdict

Target = Literal["purchase", "revenue"]

#: What each target's prediction is called in a session's row.
PREDICTED: dict[Target, str] = {"purchase": "purchase_probability", "revenue": "revenue_if_purchase"}
#: Beyond this, an explanation is not one of what stands in the result. Amounts are larger than shares.
SAME = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """The reasons of one prediction, or why there are none."""

    target: Target
    explanation: Explanation | None = None
    reasons: tuple[Reason, ...] = ()
    problem: CoreError | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OneSession:
    """A session's row with its predictions, what they mean, why they are so, and its events.

    ``problem`` says why the model can't be asked any more; then there is no ``verdict`` and no ``why``.
    ``trust`` says how far to trust the predictions of the whole result.
    """

    source: Source
    row: Mapping[str, Any]
    verdict: Verdict | None
    threshold: float | None
    cluster_sentence: str | None
    why: tuple[Why, ...]
    problem: CoreError | None
    events: tuple[Mapping[str, Any], ...]
    has_events: bool
    trust: Trust | None = None

    @property
    def is_cross_fitted(self) -> bool:
        """Whether it was scored by a model without its visitor, while reasons are of the one in its place."""
        return self.source.is_cross_fitted

    @property
    def predicts(self) -> bool:
        """Whether its purchase was predicted, and not only its cluster."""
        return self.row.get("purchase_probability") is not None


def look_at(source: Source, session_id: str) -> OneSession:
    """Return everything about one session of a source.

    Raises
    ------
    NotFoundError
        If there is no such session, or the sessions are gone.
    """
    row = source.session(session_id)
    problem: CoreError | None = None
    predictor: Predictor | None = None
    try:
        predictor = _predictor(source)
    except CoreError as error:
        problem = error
    predicts = row.get("purchase_probability") is not None
    return OneSession(
        source=source,
        row=row,
        verdict=_verdict(predictor, row) if predictor and predicts else None,
        threshold=predictor.threshold if predictor else None,
        cluster_sentence=_sentence(predictor, row) if predictor else None,
        why=_why(predictor, source, row) if predictor and predicts else (),
        problem=problem,
        events=tuple(session_events(source, session_id)),
        has_events=has_events(source),
        trust=trust_of_source(source),
    )


def _predictor(source: Source) -> Predictor:
    """Return the model that scored a source; where nothing was predicted, it says what its cluster is."""
    if source.basis is not None and source.basis.kind == "none":
        return Predictor.load(source.bundle)
    return predictor_of(source)


def _verdict(predictor: Predictor, row: Mapping[str, Any]) -> Verdict | None:
    if predictor.threshold is None:
        return None
    return verdict(
        float(row["purchase_probability"]), threshold=predictor.threshold, base_rate=predictor.base_rate
    )


def _sentence(predictor: Predictor, row: Mapping[str, Any]) -> str | None:
    cluster = row.get("cluster_id")
    sentences = predictor.cluster_sentences
    return sentences[cluster] if cluster is not None and 0 <= cluster < len(sentences) else None


def _why(predictor: Predictor, source: Source, row: Mapping[str, Any]) -> tuple[Why, ...]:
    targets = [target for target, column in PREDICTED.items() if row.get(column) is not None]
    return tuple(_explained(predictor, source, row, target) for target in targets)


def _explained(predictor: Predictor, source: Source, row: Mapping[str, Any], target: Target) -> Why:
    try:
        explanation = explain_one(predictor, row, target)
    except CoreError as error:
        return Why(target=target, problem=error)
    recorded = float(row[PREDICTED[target]])
    if not source.is_cross_fitted and not math.isclose(
        explanation.prediction, recorded, rel_tol=SAME, abs_tol=SAME
    ):
        problem = CoreError(
            f"The model “{predictor.name}” now predicts differently than when it scored this session.",
            remedy="Score the export again to see reasons.",
        )
        return Why(target=target, problem=problem)
    strongest = reasons(predictor, explanation, currency=source.currency)
    return Why(target=target, explanation=explanation, reasons=strongest)
