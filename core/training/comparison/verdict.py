"""A comparison of two models in a sentence, and what to know before trusting it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from core.base.written import counted, decimals, number
from core.bundle.repository import TEST_FILE, Manifest
from core.training.comparison.records import Better, MetricComparison
from core.training.data.loading import fingerprint

#: A smaller difference of calibration than this matters to nobody, however certain it is.
SMALL_ERROR = 0.005
#: With fewer buyers than this, only large differences show.
FEW_BUYERS = 100
#: Slices a model learns from or chooses by.
LEARNED = ("train", "validation", "calibration")


def not_comparable(new: Manifest, old: Manifest) -> str | None:
    """Return why two models can't be compared, None if they can."""
    lacking = [model.name for model in (new, old) if not model.predicts_purchase]
    if len(lacking) == 2:
        return (
            "Neither model predicts purchases: both only group sessions into clusters, so there is no "
            "outcome to measure."
        )
    if lacking == [new.name]:
        return (
            f"{new.name} only groups sessions into clusters; {old.name} predicts purchases too. With "
            f"{new.name} in use there would be no probabilities and no expected revenue."
        )
    if lacking == [old.name]:
        return (
            f"{old.name} only groups sessions into clusters; {new.name} predicts purchases too, so there "
            "is nothing to compare it with."
        )
    return None


def verdict(lines: tuple[MetricComparison, ...], n: int, buyers: int) -> tuple[Better, str]:
    """Return which model to use, and why in a sentence."""
    by_key = {line.key: line for line in lines}
    ranking, honesty = _ranking(by_key), _honesty(by_key)
    words = [_found(by_key, ranking), _calibrated(by_key, honesty)]
    votes = {ranking, honesty} - {"level"}
    if len(votes) == 2:
        return "level", f"Mixed: {'; '.join(words)}."
    if votes:
        better = votes.pop()
        return better, f"{'Better' if better == 'new' else 'Worse'}: {'; '.join(words)}."
    revenue = _revenue(by_key)
    if revenue != "level":
        word, much = ("Better", "more") if revenue == "new" else ("Worse", "less")
        return revenue, f"{word}: finds as many buyers, predicts revenue {much} exactly."
    clear = ", ".join(f"“{line.label}”" for line in lines if line.better != "level")
    found = f"only in {clear} is the difference" if clear else "no difference is"
    return "level", (
        f"About as good: on {counted(n, 'session')} with {number(buyers)} buyers, {found} larger than chance."
    )


def warnings_for(new: Manifest, old: Manifest, table: pa.Table, *, file: Path | None) -> tuple[str, ...]:
    """Return what to know before trusting a comparison, a sentence each.

    Parameters
    ----------
    table
        The sessions both models have scored.
    file
        The file they come from; null where they are the new model's test slice.
    """
    warnings = []
    first = _first(table)
    stamp = fingerprint(file) if file else str(new.training.get("fingerprint"))
    for model in (new, old) if file else (old,):
        if _is_same_test(model, new, file):
            continue
        if _may_have_seen(model, new, stamp, first, file):
            warnings.append(
                f"{model.name} may have learned from some of these sessions, which makes it look better "
                "than it is."
            )
    if new.currency != old.currency:
        warnings.append(
            f"{new.name} learned amounts in {new.currency}, {old.name} in {old.currency}, "
            "so their amounts can't be compared."
        )
    if new.synthetic != old.synthetic:
        made_up = new.name if new.synthetic else old.name
        warnings.append(f"{made_up} learned from synthetic sessions, not from a real shop.")
    warnings += [
        f"{model.name} has a warning: {alarm.get('title', alarm.get('text', ''))}".rstrip(".") + "."
        for model in (new, old)
        for alarm in model.alarms
    ]
    buyers = pc.sum(table["purchased"]).as_py() or 0
    if buyers < FEW_BUYERS:
        warnings.append(f"With {number(buyers)} buyers in these sessions, only large differences show.")
    if not file and not _keeps_test(new):
        warnings.append(f"{new.name} keeps a sample of its test only: {counted(len(table), 'session')}.")
    return tuple(warnings)


def _ranking(lines: Mapping[str, MetricComparison]) -> Better:
    return _agreed(lines[key].better for key in ("pr_auc", "roc_auc", "captured_top10") if key in lines)


def _honesty(lines: Mapping[str, MetricComparison]) -> Better:
    line = lines.get("calibration_error")
    if line is None or abs(line.difference.value or 0.0) < SMALL_ERROR:
        return "level"
    return line.better


def _revenue(lines: Mapping[str, MetricComparison]) -> Better:
    return _agreed(lines[key].better for key in ("mae", "predicted_to_actual", "gini") if key in lines)


def _agreed(sides: Any) -> Better:  # noqa: ANN401 - any iterable of sides
    """Return the side some speak for and none against."""
    votes = {side for side in sides if side != "level"}
    return votes.pop() if len(votes) == 1 else "level"


def _found(lines: Mapping[str, MetricComparison], ranking: Better) -> str:
    captured = lines.get("captured_top10")
    gained = 100 * (captured.difference.value or 0.0) if captured else 0.0
    points = "1 point" if abs(round(gained)) == 1 else f"{abs(gained):.0f} points"
    if ranking == "level":
        return "finds as many of the buyers in the top tenth"
    if abs(gained) >= 0.5 and (gained > 0) == (ranking == "new"):
        return f"finds {points} {'more' if gained > 0 else 'fewer'} of the buyers in the top tenth"
    area = lines["pr_auc"]
    told = (
        f" (PR-AUC {decimals(area.new.value, 3)} against {decimals(area.old.value, 3)})"
        if area.new.value
        else ""
    )
    return f"ranks sessions {'better' if ranking == 'new' else 'worse'}{told}"


def _calibrated(lines: Mapping[str, MetricComparison], honesty: Better) -> str:
    line = lines.get("calibration_error")
    if honesty == "level" or line is None:
        return "calibrated as well"
    new, old = line.new.value or 0.0, line.old.value or 0.0
    word = "better" if honesty == "new" else "worse"
    return f"calibrated {word}, off by {decimals(100 * new, 1)} points instead of {decimals(100 * old, 1)}"


def _is_same_test(model: Manifest, new: Manifest, file: Path | None) -> bool:
    """Tell whether a model was split just like the new one: then it has not seen the test slice either."""
    if file or model.training.get("fingerprint") != new.training.get("fingerprint"):
        return False
    mine, other = (told.training.get("split", {}) for told in (model, new))
    return bool(mine.get("method") == other.get("method") and mine.get("slices") == other.get("slices"))


def _may_have_seen(
    model: Manifest, new: Manifest, stamp: str, first: datetime | None, file: Path | None
) -> bool:
    if model.training.get("fingerprint") == stamp:
        return True
    if model.synthetic != new.synthetic and not file:
        # Simulated sessions aren't a shop's, whatever their dates.
        return False
    until = _learned_until(model)
    if until is None or first is None:
        # Without times nobody can tell, unless both keep the same visitors out of training.
        mine, other = (told.training.get("split", {}).get("method") for told in (model, new))
        return bool(file) or mine != other
    return until >= first


def _learned_until(model: Manifest) -> datetime | None:
    """Return the start of the last session a model has learned from or was chosen by."""
    slices = model.training.get("split", {}).get("slices", {})
    ends = [slices[name]["last"] for name in LEARNED if slices.get(name, {}).get("last")]
    return max((datetime.fromisoformat(end) for end in ends), default=None)


def _first(table: pa.Table) -> datetime | None:
    if "started_at" not in table.column_names:
        return None
    found: datetime | None = pc.min(table["started_at"]).as_py()
    return found


def _keeps_test(model: Manifest) -> bool:
    return TEST_FILE in model.files
