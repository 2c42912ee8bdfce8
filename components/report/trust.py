"""The last part of a report: how right the predictions were, what data and model are, how to read it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from markupsafe import Markup

from components.base.format import (
    NOTHING,
    date_time,
    estimate,
    expected_number,
    money,
    number,
    percent,
)
from components.base.glossary import entry_of
from components.models.labels import KINDS, learned_from, measured_on, rule_text
from components.models.labels import kpis as model_kpis
from components.report.parts import SECTIONS, Chart, Kpi
from components.report.svg import Dot, Lying, line_with_dots, lying_bars
from components.shared.labels import interval, intervals, score, scores, too_few
from core.base.written import counted
from core.bundle.model_card import Card
from core.report import Scene, top_shares
from core.results.accuracy import Quality
from core.results.caveats import CLUSTERS_ONLY
from core.results.drift.records import Drift
from core.schema.sessions import FIELD

#: Changed features a report names.
MOST_CHANGED = 6

PICKED = (
    "Accuracy isn't shown, because these sessions were filtered by prediction or outcome. A report without "
    "that filter has it."
)
LIMITS = (
    "It shows what goes with buying, not what causes it. Only a test with a hold-out shows whether a "
    "voucher or a reminder changes anything.",
    "It only knows what is in the export: no weather, no competitors' prices, no advertising.",
    "It learned from the past. When the shop, its prices or its visitors change, predictions become "
    "outdated: "
    "keep an eye on data drift.",
    "Probabilities describe many sessions: of a hundred sessions at 30%, about thirty buy. Nobody can say "
    "which.",
)
#: What the glossary says to somebody who has only the report.
READING = (
    "Purchase probability",
    "Likely buyer",
    "Expected buyers",
    "Revenue if it buys",
    "Expected revenue",
    "Predicted revenue",
    "Kind of visit",
    "Interval",
    "Standard deviation",
    "n",
)


def right(scene: Scene) -> Iterator[Markup]:
    """Yield how right the predictions were, where outcomes are known."""
    if scene.filters.by_prediction and "purchased" in scene.told:
        yield SECTIONS.words("right", "Accuracy", PICKED)
        return
    quality = scene.view.quality(scene.filters)
    if quality is None:
        text = (
            "Whether these sessions bought is missing from the file."
            if "purchased" in scene.told
            else "Purchases are missing from this file, so accuracy can't be measured. Upload an export "
            "with purchases to compare predictions with what happened."
        )
        yield SECTIONS.words("right", "Accuracy", text)
        return
    lead = (
        f"On the {counted(quality.n, 'session')} whose outcome is known, {number(quality.buyers)} of which "
        f"bought. {intervals(quality)}"
    )
    charts = (_calibration(quality), _found(scene)) if quality.calibration else ()
    yield SECTIONS.right(lead, _right(scene, quality), [chart for chart in charts if chart])


def data(scene: Scene) -> Iterator[Markup]:
    """Yield what to know of the export: what was refused, what it can't tell, how it differs."""
    drift = _drift(scene.drift) if scene.drift else None
    yield SECTIONS.data(_read(scene), _refused(scene), _notes(scene), drift)


def model(scene: Scene) -> Iterator[Markup]:
    """Yield the model's card, shortened."""
    card = scene.card
    if card is None:
        yield SECTIONS.words(
            "model",
            "The model",
            f"These sessions were scored by “{scene.result.bundle}”, which was deleted or retrained, so its "
            "card isn't part of this report.",
        )
        return
    figures = [
        Kpi(label=kpi.label, value=kpi.value, note=f"{kpi.note}. {kpi.help}") for kpi in model_kpis(card)
    ]
    yield SECTIONS.model(card.manifest, measured_on(card), figures, _model_facts(card), LIMITS)


def reading(scene: Scene) -> Iterator[Markup]:
    """Yield what the words mean."""
    yield SECTIONS.reading([entry_of(name) for name in READING])


def _right(scene: Scene, quality: Quality) -> list[Kpi]:
    buyers, currency = quality.buyers_predicted, scene.currency
    found = [
        Kpi(
            label="Conversion",
            value=percent(quality.conversion.value, 2),
            note=interval(quality.conversion, 2),
        ),
        Kpi(
            label="Actual buyers",
            value=number(quality.buyers),
            note=f"expected {expected_number(buyers.value)} (by chance {expected_number(buyers.low)} to "
            f"{expected_number(buyers.high)})",
        ),
    ]
    if quality.n_revenue:
        ratio, of_it = quality.revenue_ratio, partial(percent, digits=0, of_whole=False)
        share = (
            ""
            if ratio.value is None
            else f", {of_it(ratio.value)} of it ({of_it(ratio.low)} to {of_it(ratio.high)})"
        )
        found.append(
            Kpi(
                label="Actual revenue",
                value=money(quality.revenue_actual, currency, 0),
                note=f"expected {estimate(quality.revenue_expected, currency)}{share}",
            )
        )
    return [
        *found,
        Kpi(
            label="Ranking (ROC-AUC)",
            value=score(quality.roc_auc.value) if quality.ranks else NOTHING,
            note=f"{scores(quality.roc_auc) if quality.ranks else too_few(quality)}. How often a buyer is "
            "ranked above a non-buyer; 0.5 is guessing",
        ),
        Kpi(
            label="Likely buyers who bought (precision)",
            value=percent(quality.precision.value),
            note=f"{interval(quality.precision)}, n = {number(quality.precision.n)}",
        ),
        Kpi(
            label="Buyers who were likely buyers (recall)",
            value=percent(quality.recall.value),
            note=f"{interval(quality.recall)}, n = {number(quality.recall.n)}",
        ),
    ]


def _calibration(quality: Quality) -> Chart:
    bins = quality.calibration
    return Chart(
        title="Predicted and actual buyers",
        drawing=line_with_dots(
            [Dot(x=100 * b.predicted, y=100 * b.actual, low=100 * b.low, high=100 * b.high) for b in bins],
            along="predicted, % of sessions",
            up="bought, % of sessions",
        ),
        subtitle="Each dot is a tenth of the sessions; on the dotted line, predictions are exact",
        columns=("Probability", "Sessions", "Predicted", "Bought", "95% interval"),
        rows=[
            (
                f"{percent(b.lowest)} to {percent(b.highest)}",
                number(b.n),
                percent(b.predicted),
                percent(b.actual),
                f"{percent(b.low)} to {percent(b.high)}",
            )
            for b in bins
        ],
        n=quality.n,
        note="Upright lines are 95% intervals",
    )


def _found(scene: Scene) -> Chart | None:
    """Draw which share of the real buyers the most likely sessions hold."""
    tops = [top for top in top_shares(scene.sessions, scene.filters) if top.of_buyers is not None]
    if not tops:
        return None
    bars = [
        Lying(
            label=f"The {percent(top.share, 0)} most likely",
            value=top.of_buyers,
            text=percent(top.of_buyers, 0),
        )
        for top in tops
    ]
    return Chart(
        title="How many buyers the top sessions include",
        drawing=lying_bars(bars, most=1.0),
        subtitle="Share of all buyers among the sessions with the highest probabilities",
        columns=("Sessions", "How many", "Bought", "Of all buyers"),
        rows=[
            (bar.label, number(top.n), number(top.buyers), bar.text)
            for bar, top in zip(bars, tops, strict=True)
        ],
        n=scene.view.kpis(scene.filters).n_known,
        note="By chance, the 10% would hold 10% of the buyers",
    )


def _read(scene: Scene) -> list[tuple[str, str]] | None:
    """Say what came of reading the export."""
    report = scene.ingest
    if report is None:
        return None
    what = "an event" if report.kind == "events" else "a session"
    return [
        ("Read as", report.title),
        ("Rows", f"{number(report.rows_read)}, each {what}; {number(report.rows_kept)} could be used"),
        (
            "Outcomes",
            "purchases are in the file"
            if "purchased" in scene.told
            else "purchases are missing from the file",
        ),
    ]


def _refused(scene: Scene) -> dict[str, object] | None:
    report = scene.ingest
    if report is None or not report.rows_rejected:
        return None
    share = f" ({percent(report.rows_rejected / report.rows_read)})" if report.rows_read else ""
    return {
        "text": f"{number(report.rows_rejected)} of {number(report.rows_read)} rows were refused{share} "
        "and aren't part of this report.",
        "rows": [(why, number(n)) for why, n in sorted(report.rejected.items(), key=lambda item: -item[1])],
    }


def _notes(scene: Scene) -> list[str]:
    made = scene.ingest.assumptions if scene.ingest else ()
    said = {one.text for one in made}
    notes = dict.fromkeys((*scene.result.notes, *(scene.ingest.notes if scene.ingest else ())))
    others = [note for note in notes if note not in said]
    # What matters most stands first.
    others.sort(key=lambda note: note != CLUSTERS_ONLY)
    return [*(f"{one.label}: {one.text}" for one in made), *others]


def _drift(drift: Drift) -> dict[str, object]:
    changed = [feature for feature in drift.features if feature.level != "none" and feature.compared]
    changed.sort(key=lambda feature: -feature.psi)
    rows = [
        (
            feature.label,
            _typical(feature.name, feature.typical_then),
            _typical(feature.name, feature.typical_now),
            {"some": "some change", "serious": "serious change"}[feature.level],
        )
        for feature in changed[:MOST_CHANGED]
    ]
    return {
        "headline": drift.headline,
        "advice": drift.advice,
        "rows": rows,
        "n": number(drift.n),
        "n_reference": number(drift.n_reference),
    }


def _typical(name: str, value: float | str | None) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str) or value is None:
        return value or "–"
    return f"{number(value)} s" if name in FIELD and FIELD[name].kind == "seconds" else number(value)


def _model_facts(card: Card) -> list[tuple[str, str]]:
    manifest = card.manifest
    rows = [
        ("Predicts", KINDS[card.predicts_purchase]),
        ("Learned from", learned_from(card)),
        ("Uses", f"{len(manifest.features)} inputs about a session, all from before any purchase"),
        ("Trained on", date_time(manifest.created_at)),
    ]
    if card.predicts_purchase and manifest.threshold is not None:
        rule = rule_text(card.rule, manifest.currency)
        rows.append(("Likely-buyer cut-off", f"{percent(manifest.threshold)}, set {rule}"))
    if manifest.synthetic:
        rows.append(("Data", "synthetic: a made-up demo shop, no real visitors"))
    return rows
