"""How far to trust the predictions of a result, and when not to act on them: one verdict for every place.

The page of a result, its audiences and sessions, its report, the command line and the API say the same
sentence. It is about the whole result, whatever is filtered.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from core.base.errors import CoreError, NotFoundError
from core.base.written import decimals, expected_number, number, percent
from core.bundle.repository import read_manifest
from core.results.accuracy import Quality
from core.results.drift.drift import drift_of, measure_drift
from core.results.drift.records import Drift
from core.results.filters import Filters
from core.results.sources import Source
from core.results.view import ResultView
from core.stats.estimate import Figure
from core.stats.guessing import DONT, guesses
from core.storage import Result, get_store

if TYPE_CHECKING:
    from pathlib import Path

    from core.bundle.predictor import Predictor

Cause = Literal["guessing", "few", "calibration", "unlike", "example", "leak"]

#: Expected over real buyers (E/O, calibration in the large: Debray et al. 2017, BMJ 356:i6460) may be off by
#: so much either way. Where its whole 95% interval lies outside, the sum of probabilities is no forecast.
LEAST_RATIO, MOST_RATIO = 0.8, 1.25
#: Buyers from which a model can be said to have missed them: one or two prove nothing.
BUYERS_TO_MISS = 5
#: From this share of a model's inputs missing on, an export is another kind of file than it learned from.
MOSTLY_MISSING = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """Whether to act on the predictions of a result, and how sure they are, in words.

    Parameters
    ----------
    act
        False where acting on them is worse than not, or can't be shown to be better.
    cause
        Why not to act; None where one may.
    sentence
        The one sentence to lead with.
    detail
        What it was found by, or how to make sure; may be empty.
    measured
        On what the sentence rests: this export's own outcomes, the test of the model's card, or nothing.
    totals_hold
        Whether as many bought, and for as much, as chance allows if predictions are right; None where that
        isn't known.
    """

    act: bool
    cause: Cause | None
    sentence: str
    detail: str
    measured: Literal["export", "card"] | None
    totals_hold: bool | None = None

    @property
    def words(self) -> str:
        """Sentence and detail together."""
        return f"{self.sentence} {self.detail}".strip()

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON."""
        return {
            "act": self.act,
            "cause": self.cause,
            "sentence": self.sentence,
            "detail": self.detail,
            "measured": self.measured,
            "totals_hold": self.totals_hold,
        }


def trust_of(result: Result) -> Trust | None:
    """Return the verdict on a finished result; None where it predicts no purchase.

    Raises
    ------
    NotFoundError
        If its sessions are gone.
    """
    view = ResultView(result.path)
    if "purchase_probability" not in view.told:
        return None
    card: Mapping[str, Any] = {}
    made_up = False
    with suppress(CoreError):
        # Of a model that is gone nothing more is known than what its predictions came to.
        manifest = read_manifest(result.bundle)
        card, made_up = manifest.metrics.get("purchase", {}), manifest.synthetic and not result.synthetic
    basis = result.basis
    if basis is not None and basis.kind == "example":
        return _dont("example", f"An example: the demo shop's model, not yours. {DONT}", basis.reason)
    if basis is not None and basis.kind == "own" and basis.alarms and not basis.promoted:
        return _dont(
            "leak",
            f"Something in this export may give the outcome away to its model. {DONT}",
            f"{'; '.join(basis.alarms)}.",
        )
    quality = view.quality(Filters())
    drift = None if _holds(quality) else drift_of(result)
    return judge(
        quality,
        drift=drift,
        card=card,
        made_up=made_up,
        unseen=basis.out_of_sample if basis else None,
        own=basis is not None and basis.kind == "own",
    )


def doubt_of(result: Result) -> str | None:
    """Return why not to act on a finished result; None where one may, or where that can't be said."""
    try:
        trust = trust_of(result)
    except CoreError:
        return None
    return None if trust is None or trust.act else trust.sentence


def trust_of_source(source: Source) -> Trust | None:
    """Return the verdict on the result a source is; None where it is none, or none any more.

    Raises
    ------
    NotFoundError
        If its sessions are gone.
    """
    if source.is_training:
        return None
    try:
        result = get_store().result(source.id)
    except NotFoundError:
        return None
    return trust_of(result)


def doubt_of_source(source: Source) -> str | None:
    """Return why not to act on the result a source is; None where one may, or where that can't be said."""
    try:
        trust = trust_of_source(source)
    except CoreError:
        return None
    return None if trust is None or trust.act else trust.sentence


def trust_of_file(scored: Path, predictor: Predictor, *, synthetic: bool = False) -> Trust | None:
    """Return the verdict on a file of scored sessions that is in no store.

    Raises
    ------
    NotFoundError
        If the file is gone.
    """
    view = ResultView(scored)
    if "purchase_probability" not in view.told:
        return None
    quality = view.quality(Filters())
    drift = None if _holds(quality) else measure_drift(scored, predictor, synthetic=synthetic)
    return judge(
        quality,
        drift=drift,
        card=predictor.closing().get("purchase", {}),
        made_up=predictor.is_synthetic and not synthetic,
    )


def judge(
    quality: Quality | None,
    *,
    drift: Drift | None,
    card: Mapping[str, Any],
    made_up: bool = False,
    unseen: bool | None = None,
    own: bool = False,
) -> Trust:
    """Return the verdict.

    Outcomes decide where there are enough of them; how unlike the model's data an export is, and whose data
    that was, decides only where there are none.

    Parameters
    ----------
    quality
        How right the predictions of all sessions were; None where no outcome is known.
    drift
        How unlike the model's data the export is; None where outcomes decide, or it isn't known.
    card
        The model's own test: name to ``{value, low, high, ...}``.
    made_up
        Whether the model learned from a made-up shop, and the export isn't of one.
    unseen
        Whether each session was scored by a model that hadn't learned from its visitor; None where that isn't
        known.
    own
        Whether the model was trained on this export.
    """
    if quality is not None:
        if (found := _guesses(quality) or _miscounts(quality)) is not None:
            return _with_missing(found, drift)
        if _judged(quality):
            return _by_outcomes(quality, unseen, own=own)
    if made_up:
        return _dont(
            "example",
            "This model learned from a made-up shop, not from your visitors. " + DONT,
            "Read its numbers as an example, and train a model on an export with purchases.",
        )
    if drift is not None and (said := _unlike(drift)):
        return _dont(
            "unlike",
            f"{said} {DONT}",
            "Too few purchases are known here to check whether the model holds. Train on a recent export "
            "with purchases; if this is another shop, give it a project of its own.",
        )
    compared = drift is None or drift.level is not None
    return _by_card(card, outcomes=quality is not None, compared=compared)


def _with_missing(found: Trust, drift: Drift | None) -> Trust:
    """Say the likely reason of a verdict where the export has other columns than the model learned from."""
    said = _missing(drift) if drift else ""
    if not said:
        return found
    why = f"{said} It learned from other columns, or from another shop."
    return replace(found, detail=f"{why} {found.detail}")


def _missing(drift: Drift) -> str:
    """Say how many of the model's inputs are missing where most are; else nothing."""
    missing = len(drift.absent)
    if not drift.n_inputs or missing < MOSTLY_MISSING * drift.n_inputs:
        return ""
    return f"{number(missing)} of the model's {number(drift.n_inputs)} inputs are missing from this file."


def _unlike(drift: Drift) -> str:
    """Say in a sentence how unlike the model's data an export is; nothing where it isn't."""
    if said := _missing(drift):
        return said
    return "This export is unlike anything the model has learned from." if drift.level == "serious" else ""


def _judged(quality: Quality | None) -> bool:
    """Tell whether outcomes are enough to judge by."""
    return quality is not None and quality.ranks


def _holds(quality: Quality | None) -> bool:
    """Tell whether outcomes alone show that the predictions hold."""
    return quality is not None and _judged(quality) and not _guesses(quality) and not _miscounts(quality)


def _guesses(quality: Quality) -> Trust | None:
    area = quality.roc_auc
    said = guesses(area, quality.buyers, where="on this export", shown_by="this file")
    if said is None:
        return None
    low, high = decimals(area.low, 3), decimals(area.high, 3)
    found = f"ROC-AUC {decimals(area.value, 3)}, 95% interval {low} to {high}; 0.5 is guessing."
    cause, words = said
    return _dont(cause, f"{words} {DONT}", found, measured="export")


def _miscounts(quality: Quality) -> Trust | None:
    """Return the verdict where expected buyers over real ones are surely outside what is tolerable."""
    rate, expected = quality.conversion, quality.buyers_predicted.value
    if rate.low is None or rate.high is None or expected is None:
        return None
    many = expected > MOST_RATIO * rate.high * quality.n
    few = quality.buyers >= BUYERS_TO_MISS and expected < LEAST_RATIO * rate.low * quality.n
    if not (many or few):
        return None
    said = f"This model expects far too {'many' if many else 'few'} buyers on this export"
    bought = f"{number(quality.buyers)} bought" if quality.buyers else "nobody bought"
    ranks = "It still ranks sessions better than guessing, but its " if _judged(quality) else "Its "
    return _dont(
        "calibration",
        f"{said}: {expected_number(expected)}, and {bought}. {DONT}",
        f"{ranks}probabilities and amounts are off.",
        measured="export",
    )


#: How the figures were measured, by whether the model had seen the sessions.
_MEASURED = {
    None: "Measured on this export's own purchases",
    True: "Measured on this export's own purchases, each session by a model that hadn't seen {}",
    False: "Measured on purchases the model has learned from, so expect less on new sessions",
}


def _by_outcomes(quality: Quality, unseen: bool | None, *, own: bool) -> Trust:
    found, buyers = quality.captured, quality.buyers_predicted
    off = [*_missed(quality.buyers, buyers, "buyers"), *_revenue_off(quality)]
    finds = f"The model finds {percent(found.value or 0.0, 0)} of buyers in the top 10% of sessions"
    # Where the file has no visitors, one of two sessions of the same may have been learned from.
    measured = _MEASURED[unseen].format("its visitor" if quality.by_visitor else "it")
    if own and unseen:
        measured = f"Trained on this export and m{measured[1:]}"
    expected = f"It expected {expected_number(buyers.value or 0.0)} buyers"
    if buyers.low is not None and buyers.high is not None:
        expected += f" ({expected_number(buyers.low)} to {expected_number(buyers.high)})"
    parts = [
        f"{measured}{_interval(found.low, found.high)}.",
        f"{expected}; {number(quality.buyers)} bought.",
        *(
            ["That is more than chance. Rank by its probabilities, but don't plan with its totals."]
            if off
            else []
        ),
    ]
    return Trust(
        act=True,
        cause=None,
        sentence=f"{finds}, but expects {' and '.join(off)}." if off else f"{finds}.",
        detail=" ".join(parts),
        measured="export",
        totals_hold=not off,
    )


def _missed(actual: float, expected: Figure, what: str) -> list[str]:
    """Say which way what happened lies outside its interval; nothing where it is within."""
    if expected.low is None or expected.high is None or expected.low <= actual <= expected.high:
        return []
    return [f"too few {what}" if actual > expected.high else f"too many {what}"]


def _revenue_off(quality: Quality) -> list[str]:
    ratio = quality.revenue_ratio
    if ratio.low is None or ratio.high is None or ratio.low <= 1 <= ratio.high:
        return []
    return ["too much revenue" if ratio.low > 1 else "too little revenue"]


def _by_card(card: Mapping[str, Any], *, outcomes: bool, compared: bool) -> Trust:
    why = "Too few bought in this file" if outcomes else "Purchases are missing from this file"
    unchecked = f"{why}, so this can't be checked here."
    if not compared:
        unchecked += " There are also too few sessions to tell whether they are like those it learned from."
    found = card.get("captured_top10") or {}
    if found.get("value") is None:
        return Trust(
            act=True,
            cause=None,
            sentence="How good this model is isn't known.",
            detail=unchecked,
            measured=None,
        )
    return Trust(
        act=True,
        cause=None,
        sentence=(
            f"In its test, the model found {percent(found['value'], 0)} of buyers in the top 10% of sessions."
        ),
        detail=(
            f"Measured on sessions it hadn't seen{_interval(found.get('low'), found.get('high'))}. "
            f"{unchecked}"
        ),
        measured="card",
    )


def _interval(low: float | None, high: float | None) -> str:
    return "" if low is None or high is None else f" (95% interval {percent(low, 0)} to {percent(high, 0)})"


def _dont(
    cause: Cause, sentence: str, detail: str, *, measured: Literal["export", "card"] | None = None
) -> Trust:
    return Trust(act=False, cause=cause, sentence=sentence, detail=detail, measured=measured)
