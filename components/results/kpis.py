"""The results page's figures: what is predicted, and, where outcomes are known, how right that was."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from components.base.format import money, number, percent
from components.base.layout import banner, kpi, kpi_row, section
from components.shared.labels import INTERVALS
from core.results.accuracy import Quality
from core.results.view import Sums
from core.stats.estimate import Figure

#: Below so many buyers, intervals are wide enough to say so.
FEW_BUYERS = 20


def headline(*, sums: Sums, n_all: int, currency: str | None, amounts: bool = True) -> Component:
    """Return what is predicted for the filtered sessions, of ``n_all`` in the result; how many, at least.

    Without ``amounts`` the model predicts no revenue, and none is shown.
    """
    share = sums.predicted_buyers / sums.n if sums.n else None
    everything = sums.n == n_all
    counted = kpi(
        "Sessions",
        number(sums.n),
        "all of this result" if everything else f"{percent(sums.n / n_all)} of {number(n_all)}",
    )
    if sums.probability is None:
        return kpi_row(counted)
    return kpi_row(
        counted,
        kpi(
            "Predicted buyers",
            number(sums.predicted_buyers),
            f"{percent(share)} of sessions",
            help="Sessions whose purchase probability is at least the threshold.",
        ),
        *(_revenue(sums, currency) if amounts else ()),
        kpi(
            "Average probability",
            percent(sums.probability),
            f"{number((sums.probability or 0) * sums.n, 0)} buyers to be expected",
            help="The average purchase probability of these sessions.",
        ),
    )


def _revenue(sums: Sums, currency: str | None) -> list[Component]:
    per_session = sums.expected_revenue / sums.n if sums.n else None
    return [
        kpi(
            "Expected revenue",
            money(sums.expected_revenue, currency),
            f"{money(per_session, currency)} a session",
            help="Purchase probability times revenue if it buys, added up over all sessions.",
        ),
        kpi(
            "Predicted revenue",
            money(sums.predicted_revenue, currency),
            "of predicted buyers",
            help="Revenue if it buys, added up over the predicted buyers only.",
        ),
    ]


def how_right(*, quality: Quality | None, told: bool, currency: str | None) -> Component:
    """Return how right the predictions were; ``told`` says whether the export tells of any outcome."""
    if not told:
        return banner(
            "info",
            "This export doesn't tell who bought, so we can't say how right we were.",
            "Upload an export with purchases to see predictions beside what really happened.",
        )
    if quality is None:
        return banner("info", "None of the filtered sessions tells whether it bought.")
    few = "" if quality.buyers >= FEW_BUYERS else " Few of them bought, so the intervals are wide."
    return section(
        html.Div(kpi_row(*_purchase(quality), *_totals(quality, currency)), className="results-quality"),
        title="How right we were",
        subtitle=(
            f"On the {number(quality.n)} filtered sessions whose outcome is known, "
            f"{number(quality.buyers)} of which bought. {INTERVALS[quality.by_visitor]}{few}"
        ),
    )


def _purchase(quality: Quality) -> list[Component]:
    base = percent(quality.conversion.value)
    return [
        kpi("Conversion", base, _interval(quality.conversion), help="Share of sessions that really bought."),
        kpi(
            "ROC-AUC",
            _score(quality.roc_auc.value),
            _scores(quality.roc_auc),
            help="How often a buyer is ranked above a non-buyer: 0.5 is guessing, 1 is perfect.",
        ),
        kpi(
            "PR-AUC",
            _score(quality.pr_auc.value),
            f"{_scores(quality.pr_auc)}; guessing: {_score(quality.conversion.value)}",
            help="Average precision when going down the ranking; guessing gives the share of buyers.",
        ),
        kpi(
            "Precision",
            percent(quality.precision.value),
            f"{_interval(quality.precision)}, n\u00a0=\u00a0{number(quality.precision.n)}",
            help="Of the predicted buyers, the share that bought.",
        ),
        kpi(
            "Recall",
            percent(quality.recall.value),
            f"{_interval(quality.recall)}, n\u00a0=\u00a0{number(quality.recall.n)}",
            help="Of those who bought, the share that was predicted.",
        ),
    ]


def _totals(quality: Quality, currency: str | None) -> list[Component]:
    buyers = quality.buyers_predicted
    chance = f"{number(buyers.low, 0)} to {number(buyers.high, 0)}"
    found = [
        kpi(
            "Buyers, real",
            number(quality.buyers),
            f"expected {number(buyers.value, 0)} ({chance})",
            help="How many really bought, and the sum of all probabilities. Where probabilities are right, "
            "the real number is nearly always within the range.",
        )
    ]
    if quality.n_revenue:
        ratio = quality.revenue_ratio
        share = f"{percent(ratio.low, 0)} to {percent(ratio.high, 0)}"
        expected = f"expected {money(quality.revenue_expected, currency, 0)}"
        found.append(
            kpi(
                "Revenue, real",
                money(quality.revenue_actual, currency, 0),
                expected if ratio.value is None else f"{expected}, {percent(ratio.value, 0)} ({share})",
                help=f"On the {number(quality.n_revenue)} sessions that tell what was paid, "
                "and the expected revenue of the same sessions, in amount and as a share of the real one.",
            )
        )
    return found


def _interval(figure: Figure) -> str:
    if figure.value is None:
        return "too few to say"
    return f"{percent(figure.low)} to {percent(figure.high)}"


def _score(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _scores(figure: Figure) -> str:
    if figure.value is None:
        return "too few to say"
    return f"{_score(figure.low)} to {_score(figure.high)}"
