"""The results page's figures of accuracy: where outcomes are known, how right the predictions were."""

from __future__ import annotations

from functools import partial

from dash import html
from dash.development.base_component import Component

from components.base.format import NOTHING, estimate, expected_number, money, number, percent
from components.base.layout import banner, kpi, kpi_row, section
from components.shared.labels import interval, intervals, score, scores, too_few
from core.base.written import agree, counted
from core.results.accuracy import Quality
from core.stats.estimate import Figure

TOP = "Buyers in the top 10%"

PICKED = (
    "Accuracy isn't shown, because these sessions are filtered by prediction or outcome. Remove that "
    "filter to see it."
)


def how_right(
    *, quality: Quality | None, told: bool, currency: str | None, picked: bool = False
) -> Component:
    """Return how right the predictions were.

    Parameters
    ----------
    told
        Whether the export tells of any outcome.
    picked
        Whether sessions were picked by what is predicted of them, which leaves nothing to measure.
    """
    if not told:
        return banner(
            "info",
            "Purchases are missing from this file, so accuracy can't be measured.",
            "Upload an export with purchases to compare predictions with what happened.",
        )
    if picked:
        return section(html.P(PICKED, className="mb-0 text-body-secondary measure"), title="Accuracy")
    if quality is None:
        return banner("info", "Whether these sessions bought is missing from this file.")
    return section(
        html.Div(kpi_row(*_purchase(quality), *_totals(quality, currency)), className="results-quality"),
        title="Accuracy",
        subtitle=(
            f"On the {number(quality.n)} {agree(quality.n, 'session')} shown whose outcome is known, "
            f"{number(quality.buyers)} of which bought. {intervals(quality)}"
        ),
    )


def _purchase(quality: Quality) -> list[Component]:
    base = percent(quality.conversion.value)
    ranking = _ranking(quality) if quality.ranks else _no_ranking(quality)
    return [
        ranking[0],
        kpi("Conversion", base, interval(quality.conversion)),
        *ranking[1:],
        kpi(
            "Likely buyers who bought",
            percent(quality.precision.value),
            f"{interval(quality.precision)}, n\u00a0=\u00a0{number(quality.precision.n)}",
        ),
        kpi(
            "Buyers it catches",
            percent(quality.recall.value),
            f"{interval(quality.recall)}, n\u00a0=\u00a0{number(quality.recall.n)}",
        ),
    ]


def _ranking(quality: Quality) -> list[Component]:
    return [
        kpi(TOP, percent(quality.captured.value, 0), interval(quality.captured, 0)),
        kpi("ROC-AUC", score(quality.roc_auc.value), scores(quality.roc_auc)),
        kpi(
            "PR-AUC",
            score(quality.pr_auc.value),
            f"{scores(quality.pr_auc)}; guessing: {score(quality.conversion.value)}",
        ),
    ]


def _no_ranking(quality: Quality) -> list[Component]:
    return [kpi(label, NOTHING, too_few(quality), tone="muted") for label in (TOP, "ROC-AUC", "PR-AUC")]


def _totals(quality: Quality, currency: str | None) -> list[Component]:
    buyers = quality.buyers_predicted
    chance = f"{expected_number(buyers.low)} to {expected_number(buyers.high)}"
    found = [
        kpi(
            "Actual buyers",
            number(quality.buyers),
            f"expected {expected_number(buyers.value)} ({chance}){_beyond(buyers, quality.buyers)}",
            help="How many actually bought, and the sum of all probabilities. If probabilities are right, "
            "the actual number is nearly always within the range.",
        )
    ]
    if quality.n_revenue:
        ratio = quality.revenue_ratio
        of_it = partial(percent, digits=0, of_whole=False)
        share = f"{of_it(ratio.low)} to {of_it(ratio.high)}"
        expected = f"expected {estimate(quality.revenue_expected, currency)}"
        found.append(
            kpi(
                "Actual revenue",
                money(quality.revenue_actual, currency, 0),
                expected
                if ratio.value is None
                else f"{expected}, {of_it(ratio.value)} ({share}){_beyond(ratio, 1.0)}",
                help=f"For the {counted(quality.n_revenue, 'session')} with a known amount: "
                "what they paid, and their expected revenue as an amount and as a share of it.",
            )
        )
    return found


def _beyond(figure: Figure, actual: float) -> str:
    if figure.low is None or figure.high is None or figure.low <= actual <= figure.high:
        return ""
    return ": off by more than chance"
