"""The last part of a report: how right the predictions were, what data and model are, how to read it."""

from __future__ import annotations

from collections.abc import Iterator

from components.base.format import date_time, money, number, percent
from components.models.labels import KINDS, learned_from, measured_on, rule_text
from components.models.labels import kpis as model_kpis
from components.report.markup import Markup, el, table
from components.report.parts import Told, box, bullets, chart, kpis, section
from components.report.svg import Dot, Lying, line_with_dots, lying_bars
from components.shared.labels import INTERVALS
from core.bundle.model_card import Card
from core.report import Scene, top_shares
from core.results.accuracy import Quality
from core.results.caveats import CLUSTERS_ONLY
from core.results.drift.records import Drift
from core.schema.sessions import FIELD
from core.stats.estimate import Figure

#: Changed features a report names.
MOST_CHANGED = 6
#: Below so many buyers, intervals are wide enough to say so.
FEW_BUYERS = 20

LIMITS = (
    "It shows what goes along with buying, not what causes it: whether a voucher or a reminder changes "
    "anything, only a test with a held-out group tells.",
    "It sees what the export tells and nothing else: no weather, no competitors' prices, no advertising.",
    "It learned from the past. When the shop, its prices or its visitors change, its figures grow old: watch "
    "the comparison with the data it learned from.",
    "Probabilities are about many sessions: of a hundred sessions with 30% about thirty buy, of one session "
    "nobody can say.",
)
READING = (
    (
        "Purchase probability",
        "How likely a session is to end in a purchase, by what the visitor did in it before "
        "any purchase. Of many sessions with 20%, about one in five buys.",
    ),
    (
        "Predicted buyer",
        "A session whose probability is at least the threshold. It is a yes or no for lists; for "
        "sums, probabilities tell more.",
    ),
    ("Buyers to be expected", "All probabilities added up. It is what a shop should plan with."),
    ("Revenue if it buys", "What a session pays if it buys at all."),
    ("Expected revenue", "Probability times revenue if it buys, added up over sessions."),
    ("Predicted revenue", "Revenue if it buys, of the predicted buyers alone."),
    (
        "Kind of visit",
        "A cluster: sessions in which visitors did alike things. Its name is short for what sets it "
        "apart from the others.",
    ),
    (
        "95% interval",
        "Where the true value is to be found in 95 of 100 such samples. The fewer sessions, the wider.",
    ),
    (
        "Standard deviation",
        "How far sessions usually are from the average; differences are measured in it so that "
        "seconds, products and amounts can be compared.",
    ),
    ("n", "How many sessions a figure is made of."),
)


def right(scene: Scene) -> Iterator[Markup]:
    """Yield how right the predictions were, where outcomes are known."""
    title = "How right the predictions were"
    quality = scene.view.quality(scene.filters)
    if quality is None:
        text = (
            "None of these sessions tells whether it bought."
            if "purchased" in scene.told
            else "The export doesn't tell who bought, so it can't be said. Upload an export with purchases "
            "to see predictions beside what really happened."
        )
        yield section("right", title, text)
        return
    few = "" if quality.buyers >= FEW_BUYERS else " Few of them bought, so the intervals are wide."
    yield section(
        "right",
        title,
        f"On the {number(quality.n)} sessions whose outcome is known, {number(quality.buyers)} of which "
        f"bought. {INTERVALS[quality.by_visitor]}{few}",
        kpis(_right(scene, quality)),
        el("div", _calibration(quality), _found(scene), class_="grid") if quality.calibration else None,
        new_page=True,
    )


def data(scene: Scene) -> Iterator[Markup]:
    """Yield what to know of the export: what was refused, what it can't tell, how it differs."""
    parts = [_read(scene), _refused(scene), _notes(scene), _drift(scene.drift) if scene.drift else None]
    yield section(
        "data",
        "What to know about the data",
        None,
        *(parts if any(parts) else [el("p", "Every row of the export could be used.", class_="lead")]),
    )


def model(scene: Scene) -> Iterator[Markup]:
    """Yield the model's card, shortened."""
    card = scene.card
    if card is None:
        yield section(
            "model",
            "The model",
            f"These sessions were scored by “{scene.result.bundle}”, which is gone or has been trained anew "
            "since: its card is not that of this report.",
        )
        return
    manifest = card.manifest
    yield section(
        "model",
        f"The model: {manifest.name}",
        f"What it is worth on sessions it had never seen. {measured_on(card)}",
        [
            el(
                "div",
                el("strong", str(alarm.get("title", ""))),
                el("p", str(alarm.get("text", ""))),
                class_="warning",
            )
            for alarm in manifest.alarms
        ],
        kpis(
            Told(label=kpi.label, value=kpi.value, note=f"{kpi.note}. {kpi.help}") for kpi in model_kpis(card)
        ),
        box("What it is", _model_facts(card)),
        box("What it can't do", bullets(LIMITS)),
        box("Notes from its training", bullets(manifest.notes)) if manifest.notes else None,
        new_page=True,
    )


def reading(scene: Scene) -> Iterator[Markup]:
    """Yield what the words mean."""
    yield section(
        "reading",
        "How to read this report",
        None,
        el("dl", [el("div", el("dt", word), el("dd", text)) for word, text in READING], class_="read"),
    )


def _right(scene: Scene, quality: Quality) -> list[Told]:
    buyers, currency = quality.buyers_predicted, scene.currency
    found = [
        Told(
            label="Conversion", value=percent(quality.conversion.value, 2), note=_range(quality.conversion, 2)
        ),
        Told(
            label="Buyers, real",
            value=number(quality.buyers),
            note=f"expected {number(buyers.value, 0)} (by chance {number(buyers.low, 0)} to "
            f"{number(buyers.high, 0)})",
        ),
    ]
    if quality.n_revenue:
        ratio = quality.revenue_ratio
        share = (
            ""
            if ratio.value is None
            else f", {percent(ratio.value, 0)} of it ({percent(ratio.low, 0)} to {percent(ratio.high, 0)})"
        )
        found.append(
            Told(
                label="Revenue, real",
                value=money(quality.revenue_actual, currency, 0),
                note=f"expected {money(quality.revenue_expected, currency, 0)}{share}",
            )
        )
    return [
        *found,
        Told(
            label="Ranking (ROC-AUC)",
            value=_score(quality.roc_auc.value),
            note=f"{_scores(quality.roc_auc)}. How often a buyer stands above "
            "somebody who doesn't buy; 0.5 is chance",
        ),
        Told(
            label="Predicted buyers that bought",
            value=percent(quality.precision.value),
            note=f"{_range(quality.precision)}, n = {number(quality.precision.n)}",
        ),
        Told(
            label="Buyers that were predicted",
            value=percent(quality.recall.value),
            note=f"{_range(quality.recall)}, n = {number(quality.recall.n)}",
        ),
    ]


def _calibration(quality: Quality) -> Markup:
    bins = quality.calibration
    return chart(
        "Predicted against real buyers",
        line_with_dots(
            [Dot(x=100 * b.predicted, y=100 * b.actual, low=100 * b.low, high=100 * b.high) for b in bins],
            along="predicted, % of sessions",
            up="bought, % of sessions",
        ),
        subtitle="A dot a tenth of the sessions; on the dotted line, predictions are right",
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


def _found(scene: Scene) -> Markup | None:
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
    return chart(
        "How many buyers are found first",
        lying_bars(bars, most=1.0),
        subtitle="Share of all real buyers among the sessions with the highest probabilities",
        columns=("Sessions", "How many", "Bought", "Of all real buyers"),
        rows=[
            (bar.label, number(top.n), number(top.buyers), bar.text)
            for bar, top in zip(bars, tops, strict=True)
        ],
        n=scene.view.kpis(scene.filters).n_known,
        note="By chance, the 10% would hold 10% of the buyers",
    )


def _read(scene: Scene) -> Markup | None:
    """Say what came of reading the export."""
    report = scene.ingest
    if report is None:
        return None
    what = "an event" if report.kind == "events" else "a session"
    rows = [
        ("Read as", report.title),
        ("Rows", f"{number(report.rows_read)}, each {what}; {number(report.rows_kept)} could be used"),
        (
            "Outcomes",
            "the export tells who bought" if "purchased" in scene.told else "the export tells no purchases",
        ),
    ]
    return box(
        "The export", el("dl", [(el("dt", name), el("dd", text)) for name, text in rows], class_="facts")
    )


def _refused(scene: Scene) -> Markup | None:
    report = scene.ingest
    if report is None or not report.rows_rejected:
        return None
    share = f" ({percent(report.rows_rejected / report.rows_read)})" if report.rows_read else ""
    return box(
        "Rows that could not be used",
        table(
            ("Why", "Rows"),
            [(why, number(n)) for why, n in sorted(report.rejected.items(), key=lambda item: -item[1])],
            numeric=(1,),
            caption="Refused rows",
        ),
        subtitle=f"{number(report.rows_rejected)} of {number(report.rows_read)} rows were refused{share}; "
        "they are in no figure of this report.",
    )


def _notes(scene: Scene) -> Markup | None:
    notes = list(scene.result.notes)
    notes += [note for note in (scene.ingest.notes if scene.ingest else ()) if note not in notes]
    if not notes:
        return None
    known = [note for note in notes if note != CLUSTERS_ONLY]
    return box(
        "Before you trust these numbers",
        bullets([*([CLUSTERS_ONLY] if CLUSTERS_ONLY in notes else []), *known]),
    )


def _drift(drift: Drift) -> Markup:
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
    return box(
        "Is it like the data the model learned from?",
        el("p", f"{drift.headline} {drift.advice}"),
        table(
            ("What", "Typical then", "Typical now", "How much"),
            rows,
            numeric=(1, 2),
            caption="What has changed most",
        )
        if rows
        else None,
        el(
            "p",
            f"n = {number(drift.n)} sessions of this export, whatever is filtered, and "
            f"{number(drift.n_reference)} of the model's data",
            class_="note",
        ),
    )


def _typical(name: str, value: float | str | None) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str) or value is None:
        return value or "–"
    return f"{number(value)} s" if name in FIELD and FIELD[name].kind == "seconds" else number(value)


def _model_facts(card: Card) -> Markup:
    manifest = card.manifest
    rows = [
        ("Predicts", KINDS[card.predicts_purchase]),
        ("Learned from", learned_from(card)),
        ("Looks at", f"{len(manifest.features)} things about a session, all from before any purchase"),
        ("Trained on", date_time(manifest.created_at)),
    ]
    if card.predicts_purchase and manifest.threshold is not None:
        rule = rule_text(card.rule, manifest.currency)
        rows.append(("Says yes from", f"{percent(manifest.threshold)}, set {rule}"))
    if manifest.synthetic:
        rows.append(("Its data", "synthetic: a made-up demo shop, no real visitors"))
    return el("dl", [(el("dt", name), el("dd", text)) for name, text in rows], class_="facts")


def _range(figure: Figure, digits: int = 1) -> str:
    if figure.value is None:
        return "too few to say"
    return f"{percent(figure.low, digits)} to {percent(figure.high, digits)}"


def _score(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _scores(figure: Figure) -> str:
    return "too few to say" if figure.value is None else f"{_score(figure.low)} to {_score(figure.high)}"
