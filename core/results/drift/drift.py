"""Is an export like the data its model learned from? A result beside its bundle's reference sessions.

Everything is counted by DuckDB in one pass over the file, whatever its size; what comes out is small,
and kept beside the result as ``drift.json``.
"""

from __future__ import annotations

import json
import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from core.base.atomic_write import atomic_write
from core.base.errors import CoreError
from core.base.settings import Settings
from core.results import accuracy
from core.results.drift.counts import Counted, Question, count, medians, question, score_question
from core.results.drift.records import VERSION, Bin, Drift, FeatureDrift, LiveQuality, ScoreDrift
from core.results.drift.sentences import advice, headline
from core.results.query import arrays
from core.results.scored_sessions import ScoredSessions, stamp_of
from core.schema.sessions import WEEKDAYS
from core.stats.estimate import Figure
from core.stats.psi import Level, stability

if TYPE_CHECKING:
    from core.bundle.predictor import FormField, Predictor
    from core.storage import Result

FILE = "drift.json"
#: Fewer sessions than this can't be compared with anything.
FEWEST = 30
#: From this share of changed features on, it is the export that has changed.
MANY = 0.25
#: From this share of sessions on, values the model has never seen are a change, or a serious one.
UNKNOWN, MOSTLY_UNKNOWN = 0.1, 0.25
#: What the calendar alone changes, and how many days it takes to tell.
CALENDAR = {"day_of_week": 7.0, "is_weekday": 7.0, "hour": 1.0}

_ORDER = {"none": 0, "some": 1, "serious": 2}
_log = logging.getLogger(__name__)


def drift_of(result: Result, settings: Settings | None = None) -> Drift | None:
    """Return the drift of a finished result, measured now unless it is kept; None where it can't be."""
    from core.bundle.predictor import Predictor

    try:
        predictor = Predictor.load(result.bundle, settings)
        kept = _kept(result.folder / FILE, predictor)
        return kept or keep_drift(result, predictor)
    except (CoreError, OSError, duckdb.Error, ArithmeticError, LookupError, TypeError, ValueError) as error:
        # What is said on the side must not stand in the way of the result itself.
        _log.warning("The drift of result %s can't be measured: %s", result.id, error)
        return None


def kept_drift(result: Result) -> Drift | None:
    """Return the drift of a result if it is kept, without opening its model; None where it isn't."""
    try:
        told = json.loads((result.folder / FILE).read_text(encoding="utf-8"))
        return Drift.from_dict(told) if told.get("version") == VERSION else None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def keep_drift(result: Result, predictor: Predictor) -> Drift:
    """Measure the drift of a result and keep it beside its sessions."""
    own = result.basis is not None and result.basis.kind == "own"
    drift = measure_drift(result.path, predictor, synthetic=result.synthetic, cross_fitted=own)
    with atomic_write(result.folder / FILE) as partial:
        partial.write_text(json.dumps(drift.to_dict(), ensure_ascii=False), encoding="utf-8")
    return drift


def measure_drift(
    scored: Path, predictor: Predictor, *, synthetic: bool = False, cross_fitted: bool = False
) -> Drift:
    """Compare scored sessions with the reference of the bundle that scored them.

    Parameters
    ----------
    synthetic
        Whether the sessions themselves are made up.
    cross_fitted
        Whether their predictions are those of other models than the bundle's, fitted to parts of the same
        export: how these spread says nothing of the sessions, so scores aren't compared.

    Raises
    ------
    NotFoundError
        If the sessions are gone.
    """
    stamp_of(scored)
    fields = predictor.form_fields()
    questions = [question(field, predictor.reference_path) for field in fields]
    asked = score_question(predictor.reference_path)
    then, now = (
        count(path, questions, asked, predictor.threshold) for path in (predictor.reference_path, scored)
    )
    told = [field for field in fields if now.known[field.name]]
    enough = min(now.n, then.n) >= FEWEST
    features = tuple(_feature(field, questions, then, now) for field in told) if enough else ()
    features = _with_medians(features, predictor.reference_path, scored)
    scored_alike = enough and not cross_fitted and now.mean is not None and then.mean is not None
    score = _score(then, now) if scored_alike else None
    live = _live_quality(scored, predictor) if score is not None else ()
    level = _level(features, score, live) if enough else None
    features = tuple(sorted(features, key=_changed_most))
    model_synthetic = predictor.is_synthetic and not synthetic
    return Drift(
        bundle=predictor.name,
        bundle_made=predictor.manifest.created_at,
        n=now.n,
        n_reference=then.n,
        level=level,
        headline=headline(n=now.n, level=level, features=features, score=score, live=live),
        advice=advice(level=level, live=live, model_synthetic=model_synthetic),
        features=features,
        absent=tuple(field.label for field in fields if not now.known[field.name]),
        n_inputs=len(fields),
        score=score,
        live=live,
        model_synthetic=model_synthetic,
    )


def _feature(field: FormField, questions: Sequence[Question], then: Counted, now: Counted) -> FeatureDrift:
    asked = next(question for question in questions if question.name == field.name)
    first, second = then.bins[field.name], now.bins[field.name]
    psi, level = stability(first, second)
    known = now.known[field.name]
    unknown = asked.unknown(second) / known if asked.kind == "category" and known else None
    before = _unknown_then(asked, then)
    if unknown is not None and unknown >= before + UNKNOWN:
        level = _worst(level, "serious" if unknown >= before + MOSTLY_UNKNOWN else "some")
    needed = CALENDAR.get(field.name, 0.0)
    compared = all(days is None or days >= needed for days in (then.days, now.days))
    bins = tuple(
        Bin(label=_bin_name(field.name, label), then=a / then.n, now=b / now.n)
        for label, a, b in zip(asked.labels, first, second, strict=True)
        if a or b
    )
    return FeatureDrift(
        name=field.name,
        label=field.label,
        kind=field.kind,
        level=level if compared else "none",
        psi=psi,
        missing_then=1 - then.known[field.name] / then.n,
        missing_now=1 - known / now.n,
        unknown=unknown,
        unknown_then=None if unknown is None else before,
        typical_then=None if asked.kind == "number" else _most(asked, first),
        typical_now=None if asked.kind == "number" else _most(asked, second),
        bins=bins,
        compared=compared,
    )


def _unknown_then(asked: Question, then: Counted) -> float:
    known = then.known[asked.name]
    return asked.unknown(then.bins[asked.name]) / known if known else 0.0


def _bin_name(feature: str, label: str) -> str:
    return WEEKDAYS[int(label) - 1] if feature == "day_of_week" and label.isdigit() else label


def _most(asked: Question, counts: Sequence[int]) -> str | None:
    """Return the value most sessions have; not "missing", which is none."""
    pairs = list(zip(counts, asked.labels, strict=True))[:-1]
    best = max(pairs, key=lambda pair: pair[0], default=(0, ""))
    return best[1] if best[0] else None


def _with_medians(features: Sequence[FeatureDrift], then: Path, now: Path) -> tuple[FeatureDrift, ...]:
    """Add the medians of numbers."""
    names = [feature.name for feature in features if feature.kind not in ("category", "flag")]
    if not names:
        return tuple(features)
    before, after = medians(then, names), medians(now, names)
    return tuple(
        feature
        if feature.name not in before
        else replace(feature, typical_then=before[feature.name], typical_now=after[feature.name])
        for feature in features
    )


def _score(then: Counted, now: Counted) -> ScoreDrift:
    psi, level = stability(then.score, now.score)
    labels = list(dict.fromkeys(then.score_labels))
    before, after = (_together(counted.score, then.score_labels) for counted in (then, now))
    bins = tuple(Bin(label=label, then=before[label] / then.n, now=after[label] / now.n) for label in labels)
    return ScoreDrift(
        level=level,
        psi=psi,
        mean_then=then.mean or 0.0,
        mean_now=now.mean or 0.0,
        buyers_then=then.buyers / then.n,
        buyers_now=now.buyers / now.n,
        bins=bins,
    )


def _together(counts: Sequence[int], labels: Sequence[str]) -> Counter[str]:
    """Add up what is written alike."""
    found: Counter[str] = Counter()
    for label, n in zip(labels, counts, strict=True):
        found[label] += n
    return found


def _level(features: Sequence[FeatureDrift], score: ScoreDrift | None, live: Sequence[LiveQuality]) -> Level:
    """Return what all of it means together; where predictions are worse, something has changed."""
    compared = [feature for feature in features if feature.compared]
    serious = sum(feature.level == "serious" for feature in compared)
    changed = sum(feature.level != "none" for feature in compared)
    if (score is not None and score.level == "serious") or (compared and serious >= MANY * len(compared)):
        return "serious"
    few = serious or changed >= MANY * max(len(compared), 1) or is_worse(live)
    return "some" if few or (score is not None and score.level == "some") else "none"


def is_worse(live: Sequence[LiveQuality]) -> bool:
    """Return whether predictions are worse than the model's card says."""
    return any(line.worse for line in live if line.card is not None)


def _live_quality(scored: Path, predictor: Predictor) -> tuple[LiveQuality, ...]:
    """Return how right the predictions were where outcomes are known, beside what the card says."""
    sessions = ScoredSessions.of(scored)
    found = accuracy.measure(lambda sql: arrays(sessions, sql.format(where="true")), chart=False)
    if found is None or not found.buyers:
        return ()
    card = predictor.closing().get("purchase", {})
    ratio = accuracy.buyers_ratio(found)
    lines = [
        _line("captured_top10", "Buyers in the top 10%", found.captured, card.get("captured_top10")),
        LiveQuality(
            key="buyers_ratio",
            label="Expected to actual buyers",
            now=ratio,
            card=None,
            worse=ratio.low is not None and ratio.high is not None and not ratio.low <= 1 <= ratio.high,
        ),
        _line("roc_auc", "ROC-AUC", found.roc_auc, card.get("roc_auc")),
        _line("pr_auc", "PR-AUC", found.pr_auc, card.get("pr_auc")),
        _line(
            "calibration_error",
            "Calibration error",
            found.calibration_error,
            card.get("calibration_error"),
            low=True,
        ),
    ]
    return tuple(lines)


def _line(
    key: str, label: str, now: Figure, told: Mapping[str, Any] | None, *, low: bool = False
) -> LiveQuality:
    """Return a figure beside the card's; ``low`` says that less is better."""
    card = None
    if told and told.get("value") is not None:
        card = Figure(value=told["value"], low=told.get("low"), high=told.get("high"), n=int(told["n"]))
    ends = (now.low, card.high if card else None) if low else (card.low if card else None, now.high)
    worse = ends[0] is not None and ends[1] is not None and ends[0] > ends[1]
    return LiveQuality(key=key, label=label, now=now, card=card, worse=worse)


def _changed_most(feature: FeatureDrift) -> tuple[int, float, str]:
    return (-_ORDER[feature.level], -feature.psi, feature.label)


def _worst(one: Level, other: Level) -> Level:
    return max(one, other, key=lambda level: _ORDER[level])


def _kept(path: Path, predictor: Predictor) -> Drift | None:
    """Return the measure that is kept, if it is one of this bundle as it is now."""
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        if told.get("version") != VERSION or told.get("bundle_made") != predictor.manifest.created_at:
            return None
        return Drift.from_dict(told)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
