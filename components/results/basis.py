"""Which model a result rests on: none yet, the demo shop's as an example, one's own, or a better one."""

from __future__ import annotations

from urllib.parse import quote

from dash import dcc, html
from dash.development.base_component import Component

from components.base.format import decimals, money, number, percent
from components.base.layout import banner, button, kpi, kpi_row
from components.shared.clusters_only import SCORED_WITHOUT, clusters_only_notice
from components.shared.model_links import model_address, model_link, score_again_id, train_address
from core.base.identity import may
from core.base.written import counted
from core.storage import Basis, Contest, Recorded, Result
from core.training.data.loading import LEAST_BUYERS

#: Ids of this component: the button that puts the better model to work, by the result, and what it answers.
USE_NEW = "results-use-new"
CONTEST = "results-contest"
#: Amounts in other currencies that are listed.
MOST_CURRENCIES = 3


def use_new_id(result_id: str) -> dict[str, str]:
    """Return the id of the button that puts the better model of a result to work."""
    return {"type": USE_NEW, "result": result_id}


def without_model(result: Result, in_use: str | None = None, *, is_newest: bool = True) -> list[Component]:
    """Return what stands in place of predictions: why there are none, and what the export itself records.

    ``in_use`` is the model exports are scored with now; None where it isn't to be offered. Of a result that
    isn't its export's newest, only that is worth doing something about.
    """
    basis = result.basis
    if basis is None or basis.kind != "none":
        return [clusters_only_notice(bundle=result.bundle)]
    recorded = [recorded_row(result.recorded)] if result.recorded else []
    if in_use and in_use not in (result.bundle, basis.example):
        again = button("Score again", id=score_again_id(result.dataset_id), kind="primary")
        since = [model_link(in_use), " is in use now."]
        return [banner("info", SCORED_WITHOUT, since, again), *recorded]
    longer = result.recorded is not None and result.recorded.buyers > 0
    label = "Upload a longer export" if longer else "Upload an export with purchases"
    steps = [button(label, href="/upload", icon="upload", kind="primary")] if is_newest else []
    if is_newest and result.recorded is not None and result.recorded.buyers >= LEAST_BUYERS:
        steps.append(button("Train on this export", href=train_address(result.dataset_id), icon="model"))
    if result.example_path.exists():
        steps.append(
            button(
                "See an example",
                href=f"/results/{quote(result.as_example().id)}",
                title="This export scored with the demo shop's model: an example, not to act on",
            )
        )
    title = "No predictions yet: there is no model of your own" if in_use else SCORED_WITHOUT
    return [banner("info", title, basis.reason, steps), *recorded]


def recorded_row(recorded: Recorded) -> Component:
    """Return the figures of an export that need no model."""
    known = recorded.outcomes > 0
    return kpi_row(
        kpi("Buyers", number(recorded.buyers), "recorded in this export") if known else None,
        kpi("Revenue", money(recorded.revenue, recorded.currency, 0), revenue_note(recorded) or "as recorded")
        if recorded.revenue is not None
        else None,
        kpi("Conversion", percent(recorded.conversion), "where the outcome is known") if known else None,
        kpi("Sessions", number(recorded.sessions), "all of this result"),
    )


def revenue_note(recorded: Recorded) -> str | None:
    """Say what else was paid, in currencies that are never added to the revenue; None if nothing was."""
    if not recorded.apart:
        return None
    most = sorted(recorded.apart.items(), key=lambda item: (-item[1], item[0]))
    listed = ", ".join(money(amount, code, 0) for code, amount in most[:MOST_CURRENCIES])
    more = len(most) - MOST_CURRENCIES
    listed += f" and {counted(more, 'more currency', 'more currencies')}" if more > 0 else ""
    return f"in {recorded.currency} alone; not added: {listed}. Give rates to convert them."


def basis_notice(
    result: Result, learned_from: str | None = None, *, is_current: bool = True
) -> Component | None:
    """Return what is to be said of the model beside the answer; None where there is nothing.

    ``learned_from`` is the export that the shop's model, which scored this one, was trained on. Where that
    model isn't in use any more (``is_current``), nothing is said of what would be better than it.
    """
    basis = result.basis
    if basis is None:
        return None
    if basis.kind == "own":
        return _own(result, basis, is_current=is_current)
    said = [_shops_model(result, learned_from)] if basis.kind == "in_use" and learned_from else []
    if basis.contest is not None and is_current:
        said.append(html.Div(_contest(result, basis.contest), id=CONTEST, className="hide-empty"))
    return html.Div(said, className="vstack gap-2") if said else None


def better_model(result: Result) -> Contest | None:
    """Return how the model in use was beaten by one trained on this export; None where it wasn't."""
    contest = result.basis.contest if result.basis else None
    if contest is None or contest.outcome != "better" or contest.bundle is None:
        return None
    return contest if contest.in_use and contest.new else None


def in_use_now(result: Result, bundle: str) -> Component:
    """Return what stands in place of the offer once the better model is in use."""
    return banner(
        "success",
        "The new model is in use",
        ["From now on, exports are scored with ", model_link(bundle), "."],
        button("Score this export again", id=score_again_id(result.dataset_id), kind="primary"),
    )


def _shops_model(result: Result, learned_from: str) -> Component:
    """Say what the model learned from, which every later export is scored with, also another shop's."""
    words: list[Component | str] = [
        "Scored with your shop's model, ",
        model_link(result.bundle),
        f", which learned from “{learned_from}”.",
    ]
    if may("people.write"):
        project = dcc.Link("a project of its own", href="/settings/projects")
        words += [" Is this another shop? Then give it ", project, ", with a model of its own."]
    return html.P(words, className="mb-0 small text-body-secondary")


def _own(result: Result, basis: Basis, *, is_current: bool) -> Component:
    if basis.alarms and not basis.promoted and is_current:
        return banner(
            "warning",
            "This export's own model isn't in use yet: something may give the outcome away to it",
            "; ".join(basis.alarms),
            button("Open the model", href=model_address(result.bundle)),
        )
    used = ". It is now the model in use" if basis.promoted and is_current else ""
    return html.Details(
        [
            html.Summary(["Scored with a model trained on this export: ", model_link(result.bundle), used]),
            html.P(f"{basis.reason} {basis.split}".strip(), className="mb-0 mt-1 text-body-secondary"),
        ],
        className="small",
    )


def _contest(result: Result, contest: Contest) -> list[Component]:
    if contest.outcome == "pending":
        return [_quiet("Checking whether a model trained on this export would do better.")]
    if contest.outcome == "unknown" or contest.in_use is None or contest.new is None:
        return []
    then, now = decimals(contest.in_use.get("value"), 2), decimals(contest.new.get("value"), 2)
    if better_model(result) is None:
        return [_quiet(f"A model trained on this export wouldn't do better (ROC-AUC {now} against {then}).")]
    return [
        banner(
            "warning",
            "A model trained on this export would do better",
            [
                f"The model in use: ROC-AUC {then}; a new one: {now}, on the same "
                f"{counted(contest.new.get('n') or 0, 'session')}, which neither model had seen. ",
                model_link(contest.bundle or ""),
            ],
            button("Use the new model", id=use_new_id(result.id), kind="primary", icon="check"),
        )
    ]


def _quiet(words: str) -> Component:
    return html.P(words, className="mb-0 small text-body-secondary")
