"""The sections of a model card: what it learned from, how well it ranks, whether it is honest."""

from __future__ import annotations

from components.base.format import NOTHING, date_time, number, percent
from components.figures import models as figures
from components.models.card_parts import Block, Chart, Facts, Missing, Part, Table
from components.models.labels import interval_text, learned_from, span, value_text
from core.bundle.model_card import Card

ROC, PR, GAINS, LIFT = "model-roc", "model-pr", "model-gains", "model-lift"
CALIBRATION, SCORES = "model-calibration", "model-scores"
OLDER = "This model was made by an older version that didn't measure this. Train it again to see it."


def data_block(card: Card) -> Block:
    """Return what the model learned from, and how that was divided."""
    training = card.manifest.training
    rows = tuple(
        (
            part.label,
            span(part.first, part.last),
            number(part.sessions),
            number(part.buyers),
            percent(part.buyers / part.sessions, 2) if part.buyers is not None and part.sessions else NOTHING,
        )
        for part in card.slices
    )
    parts: list[Part] = [_facts(card)]
    if rows:
        parts.append(
            Table(
                title="How the sessions were split",
                subtitle="By time; no visitor is in two parts."
                if (training.get("split") or {}).get("method") == "time"
                else "No visitor is in two parts.",
                columns=("Part", "Days", "Sessions", "Buyers", "Bought"),
                rows=rows,
                numeric=(2, 3, 4),
            )
        )
    return Block(key="data", title="What it learned from", subtitle=learned_from(card), parts=tuple(parts))


def ranking_block(card: Card) -> Block:
    """Return ROC, precision and recall, gains and lift."""
    curves = card.manifest.curves
    parts: list[Part] = []
    n = _n(card)
    base = (card.figure("purchase", "base_rate") or {}).get("value")
    if roc := curves.get("roc"):
        parts.append(
            Chart(
                key=ROC,
                title="ROC curve",
                subtitle=_with("ROC-AUC", card, "roc_auc"),
                figure=figures.roc_figure(roc=roc),
                n=n,
                columns=("False alarms", "Buyers found"),
                rows=_shares(roc["false_positive"], roc["true_positive"]),
            )
        )
    if pr := curves.get("pr"):
        parts.append(
            Chart(
                key=PR,
                title="Precision and recall",
                subtitle=_with("PR-AUC", card, "pr_auc"),
                figure=figures.pr_figure(pr=pr, base_rate=base),
                n=n,
                columns=("Buyers found", "Likely buyers who bought"),
                rows=_shares(pr["recall"], pr["precision"]),
            )
        )
    if gains := curves.get("gains"):
        parts.append(
            Chart(
                key=GAINS,
                title="Gains",
                subtitle=_with("Buyers in the top 10%", card, "captured_top10"),
                figure=figures.gains_figure(gains=gains),
                n=n,
                columns=("Top share of sessions", "Buyers among them"),
                rows=_shares(gains["share"], gains["captured"]),
            )
        )
        parts.append(_lift(card, n))
    return Block(
        key="ranking",
        title="Does it put buyers first?",
        subtitle="Sessions ranked by predicted probability, compared with who bought.",
        parts=tuple(parts) or (Missing(title="No curves", text=OLDER),),
    )


def calibration_block(card: Card) -> Block:
    """Return predicted against real share of buyers, and how probabilities are spread."""
    curves = card.manifest.curves
    parts: list[Part] = []
    if calibration := curves.get("calibration"):
        told = "low" in calibration
        ends = zip(
            calibration["predicted"],
            calibration["actual"],
            calibration["low"] if told else calibration["actual"],
            calibration["high"] if told else calibration["actual"],
            calibration["n"],
            strict=True,
        )
        parts.append(
            Chart(
                key=CALIBRATION,
                title="Calibration",
                subtitle=_with("Expected calibration error", card, "calibration_error", 2),
                figure=figures.calibration_figure(calibration=calibration),
                n=sum(calibration["n"]),
                note="Each dot has the same number of sessions; the bars are 95% intervals."
                if told
                else None,
                columns=("Predicted", "Actually bought", "From", "To", "Sessions"),
                rows=tuple(
                    (
                        percent(said, 2),
                        percent(real, 2),
                        percent(low, 2) if told else NOTHING,
                        percent(high, 2) if told else NOTHING,
                        number(n),
                    )
                    for said, real, low, high, n in ends
                ),
            )
        )
    if scores := curves.get("scores"):
        edges = scores["edges"]
        parts.append(
            Chart(
                key=SCORES,
                title="How probabilities are spread",
                subtitle="Buyers and others, each in % of its group; the line is the cut-off",
                figure=figures.scores_figure(scores=scores, threshold=card.manifest.threshold),
                n=_n(card),
                columns=("From", "To", "Buyers", "Others"),
                rows=tuple(
                    (percent(low, 0), percent(high, 0), number(buyers), number(others))
                    for low, high, buyers, others in zip(
                        edges, edges[1:], scores["buyers"], scores["others"], strict=False
                    )
                ),
            )
        )
    else:
        parts.append(Missing(title="How probabilities are spread", text=OLDER))
    return Block(
        key="calibration",
        title="Does 30% mean 30 in 100?",
        subtitle="Accurate probabilities lie on the dotted line.",
        parts=tuple(parts),
    )


def _facts(card: Card) -> Facts:
    manifest, training = card.manifest, card.manifest.training
    told = [
        ("Data", str(training.get("source") or NOTHING)),
        ("Days", span(training.get("first"), training.get("last"))),
        ("Visitors", number(training.get("visitors"))),
        ("Currency", manifest.currency),
        ("Made", date_time(manifest.created_at)),
        ("Fingerprint of the data", str(training.get("fingerprint") or NOTHING)[:16]),
    ]
    if snapshots := training.get("snapshots"):
        told.insert(3, ("Sessions cut short for training", number(snapshots)))
    return Facts(title="Where it comes from", rows=tuple(told))


def _lift(card: Card, n: int | None) -> Part:
    gains = card.manifest.curves["gains"]
    if "lift" not in gains:
        return Missing(title="Lift by tenth", text=OLDER)
    return Chart(
        key=LIFT,
        title="Lift by tenth",
        subtitle=_with("Lift of the top 10%", card, "lift_top10"),
        figure=figures.lift_figure(gains=gains),
        n=n,
        note="The bars are 95% intervals.",
        columns=("Tenth", "Sessions", "Buyers", "Lift", "From", "To"),
        rows=tuple(
            (
                number(place + 1),
                number(size),
                number(buyers, 1),
                *(f"{number(x)}×" for x in (lift, low, high)),
            )
            for place, (size, buyers, lift, low, high) in enumerate(
                zip(gains["n"], gains["buyers"], gains["lift"], gains["low"], gains["high"], strict=True)
            )
        ),
    )


def _with(label: str, card: Card, name: str, digits: int = 1) -> str:
    figure = card.figure("purchase", name)
    return f"{label} {value_text(figure, digits)} ({interval_text(figure, digits)})" if figure else label


def _n(card: Card) -> int | None:
    told = card.manifest.curves.get("n")
    return int(told) if told else (card.test.sessions if card.test else None)


def _shares(one: list[float], other: list[float]) -> tuple[tuple[str, str], ...]:
    return tuple((percent(a), percent(b)) for a, b in zip(one, other, strict=True))
