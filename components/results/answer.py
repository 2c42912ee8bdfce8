"""What a result opens with: how many will buy, what they are worth, how sure that is, and what to do next."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal
from urllib.parse import quote

from dash import html
from dash.development.base_component import Component

from components.base.format import NOTHING, estimate, expected_number, money, number, percent
from components.base.layout import button, card, kpi, kpi_row, simple_table
from components.results.basis import better_model
from components.shared.model_links import train_address
from components.shared.session_link import session_address, session_link
from components.shared.trust import trust_banner
from core.base.identity import may
from core.base.written import counted as in_words
from core.results.filters import Filters
from core.results.trust import Trust
from core.results.view import Sums
from core.schema.own_columns import meanings_in
from core.storage import Result
from core.training.data.loading import LEAST_BUYERS

if TYPE_CHECKING:
    from core.explain import Likely

#: So many sessions there have to be for an audience to be chosen of them.
LEAST_CHOICE = 2
NO_AMOUNTS = "The model predicts no amounts"


def headline(
    *, sums: Sums, n_all: int, currency: str | None, amounts: bool = True, trusted: bool = True
) -> Component:
    """Return what is predicted for the filtered sessions, of ``n_all`` in the result.

    Without ``amounts`` no revenue is predicted, and none is shown; what isn't ``trusted`` is muted.
    """
    everything = sums.n == n_all
    counted = kpi(
        "Sessions",
        number(sums.n),
        "all of this result" if everything else f"{percent(sums.n / n_all)} of {number(n_all)}",
    )
    if sums.probability is None:
        return kpi_row(counted)
    share = sums.predicted_buyers / sums.n if sums.n else None
    tone: Literal["muted"] | None = None if trusted else "muted"
    # Where predictions are nothing to act on, what the file records comes first.
    recorded = [counted, _recorded_buyers(sums)] if not trusted and sums.n_known else []
    return kpi_row(
        *recorded,
        kpi(
            "Expected buyers",
            expected_number(sums.probability * sums.n),
            f"{percent(sums.probability)} of sessions on average",
            tone=tone,
        ),
        _revenue(sums, currency, trusted=trusted) if amounts else _no_revenue(),
        kpi(
            "Likely buyers",
            number(sums.predicted_buyers),
            f"{percent(share)} of sessions",
            tone=tone,
        ),
        None if recorded else counted,
    )


def _recorded_buyers(sums: Sums) -> Component:
    share = percent(sums.buyers / sums.n_known)
    known = "sessions" if sums.n_known == sums.n else f"the {number(sums.n_known)} whose outcome is known"
    return kpi("Actual buyers", number(sums.buyers), f"{share} of {known}")


def _revenue(sums: Sums, currency: str | None, *, trusted: bool) -> Component:
    each = money(sums.expected_revenue / sums.n if sums.n else None, currency)
    return kpi(
        "Expected revenue",
        estimate(sums.expected_revenue, currency),
        f"{each} per session" if trusted else "don't rely on this",
        tone=None if trusted else "muted",
    )


def _no_revenue() -> Component:
    return kpi("Expected revenue", NOTHING, NO_AMOUNTS, tone="muted")


def trust_row(
    *,
    trust: Trust | None,
    result: Result,
    filters: Filters,
    is_newest: bool = True,
    n: int | None = None,
) -> Component | None:
    """Return the trust sentence with what to do next: act on the likeliest, or train where one shouldn't.

    A result that isn't its export's newest leads to no further one, and of ``n`` filtered sessions one alone
    to no audience: there is nobody to choose from or to hold out.
    """
    if result.is_example:
        back = button("Back to your result", href=f"/results/{quote(result.own_id)}", kind="primary")
        return trust_banner(trust, [back]) if trust else back
    if trust is not None and not trust.act:
        # A better model that is there already is offered above; nobody has to train another.
        is_done = better_model(result) is not None or not is_newest
        return trust_banner(trust, [] if is_done else [train_button(result, primary=True)])
    steps = [] if n is not None and n < LEAST_CHOICE else [audience_button(result.id, filters, primary=True)]
    if is_newest and result.has_outcomes and not (result.basis and result.basis.kind == "own"):
        steps.append(train_button(result))
    if trust is not None:
        return trust_banner(trust, steps)
    return html.Div(steps, className="hstack flex-wrap gap-2") if steps else None


def audience_button(result_id: str, filters: Filters, *, primary: bool) -> Component:
    """Return the way to an audience of the filtered sessions."""
    chosen = filters.only_filters().to_query()
    return button(
        "Make an audience" if primary else "Make an audience anyway",
        href=f"/audiences/new?{'&'.join(filter(None, [f'result={quote(result_id)}', chosen]))}",
        icon="audience",
        kind="primary" if primary else "quiet",
        title="Choose who of these sessions to contact, and hold some out to measure the effect",
    )


def train_button(result: Result, *, primary: bool = False) -> Component:
    """Return the way to a model of one's own: on this export, or on one that knows purchases."""
    kind: Literal["primary", "secondary"] = "primary" if primary else "secondary"
    if result.has_outcomes and result.recorded is not None and result.recorded.buyers < LEAST_BUYERS:
        there = in_words(result.recorded.buyers, "purchase")
        return button(
            f"Upload a longer export: {LEAST_BUYERS} purchases needed",
            href="/upload",
            icon="upload",
            kind=kind,
            title=f"A model learns from {LEAST_BUYERS} purchases or more; this export has {there}.",
        )
    if result.has_outcomes:
        return button("Train on this export", href=train_address(result.dataset_id), icon="model", kind=kind)
    return button("Upload an export with purchases", href="/upload", icon="upload", kind=kind)


def likeliest_card(
    *, likely: Sequence[Likely], result: Result, filters: Filters, trust: Trust | None, amounts: bool
) -> Component | None:
    """Return the likeliest sessions, each with its strongest reason; folded where one shouldn't act."""
    if not likely:
        return None
    known = any(one.purchased is not None for one in likely)
    heads = ["Session", "Probability", *(["Expected revenue"] if amounts else []), "Strongest reason"]
    if known:
        heads.append("In the end")
    rows = [
        [
            session_link(
                one.session_id,
                href=session_address(result.id, one.session_id),
                className="text-break session-link",
            ),
            percent(one.probability),
            *([estimate(one.expected_revenue, result.currency)] if amounts else []),
            f"{one.reason[:1].upper()}{one.reason[1:]}" if one.reason else NOTHING,
            *([_outcome(one.purchased)] if known else []),
        ]
        for one in likely
    ]
    numeric = (1, 2) if amounts else (1,)
    table = simple_table(heads, rows, numeric=numeric, caption="The likeliest sessions", stack=True)
    meant = " ".join(meanings_in(one.reason for one in likely if one.reason))
    n = len(likely)
    title = f"The {number(n)} likeliest to buy" if n > 1 else "The likeliest to buy"
    if trust is None or trust.act:
        return card(
            table,
            title=title,
            subtitle="Each with its strongest reason"
            + ("; click one for details." if may("ids.read") else ".")
            + (f" {meant}" if meant else ""),
            actions=sessions_link(result.id, filters),
            flush=True,
        )
    return html.Details(
        [
            html.Summary(f"{title}, for reference"),
            html.Div(
                [
                    table,
                    *([html.P(meant, className="mb-0")] if meant else []),
                    html.Div(
                        [
                            sessions_link(result.id, filters),
                            *(
                                []
                                if result.is_example or n < LEAST_CHOICE
                                else [audience_button(result.id, filters, primary=False)]
                            ),
                        ],
                        className="hstack flex-wrap gap-2",
                    ),
                ],
                className="vstack gap-2 mt-2",
            ),
        ],
        className="small text-body-secondary",
    )


def sessions_link(result_id: str, filters: Filters) -> Component:
    """Return the way to all filtered sessions, likeliest first."""
    chosen = filters.only_filters().to_query()
    query = "&".join(filter(None, ["view=sessions", chosen, "sort=-purchase_probability"]))
    return button("All sessions", href=f"/results/{quote(result_id)}?{query}", icon="table", small=True)


def _outcome(purchased: bool | None) -> str:
    return NOTHING if purchased is None else "Bought" if purchased else "Did not buy"
