"""What a rule would do, what it did, and what could not be delivered."""

from __future__ import annotations

from collections.abc import Sequence

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from components.base.control import control
from components.base.copied import copied
from components.base.format import NOTHING, ago, date, money, number, percent
from components.base.layout import banner, button, card, empty_state, kpi, kpi_row, section, simple_table
from components.outcomes.verdict import effect
from core.audiences import Definition
from core.base.written import counted
from core.live.clock import moment_at
from core.rules.dry_run_result import DryRun
from core.rules.effect import Effect
from core.rules.records import Firing
from core.rules.rule import Rule
from core.storage import Dataset
from core.uplift.cautions import cautions

#: Ids of this component.
TRY, TRY_ON, TRIED = "rule-try", "rule-try-on", "rule-tried"
AGAIN, ALL_AGAIN, LETTERS = "rule-again", "rule-again-all", "rule-letters"
LIVE = "live"
#: Of what was not delivered, so many are shown.
MOST_LETTERS = 5


def dry_run_card(*, datasets: Sequence[Dataset]) -> Component:
    """Return the choice of visits to try a rule on."""
    options = [{"value": LIVE, "label": "Live visits of the last 7 days"}]
    options += [{"value": each.id, "label": f"Last week of “{each.name}”"} for each in datasets]
    return card(
        html.Div(
            [
                control("Try it on", dbc.Select(id=TRY_ON, options=options, value=LIVE, size="sm")),
                html.Div(button("Try it", id=TRY, small=True), className="align-self-end"),
            ],
            className="live-form",
        ),
        dcc.Loading(html.Div(id=TRIED, role="status"), type="dot"),
        title="Dry run",
        subtitle="What this rule would have done. Nothing is sent.",
        stack=True,
    )


def tried(*, run: DryRun) -> Component:
    """Return what a rule would have done, what the model said then, and what happened."""
    if not run.fired:
        return html.Div([html.P(" ".join(run.sentences), className="mb-2"), _tried_on(run)])
    bought = kpi(
        "Bought anyway",
        number(run.bought) if run.n_known else NOTHING,
        f"{percent(run.bought / run.n_known)}, within {run.window}" if run.n_known else "not in the data",
    )
    predicted = kpi(
        "Predicted",
        NOTHING if run.predicted is None or not run.n_known else number(run.predicted, 0),
        "purchases in the same visit, by the model",
    )
    worth = money(run.revenue, run.currency, 0) if run.n_known else NOTHING
    return html.Div(
        [
            html.P(" ".join(run.sentences), className="mb-2"),
            kpi_row(
                kpi("Would have fired", number(run.fired), f"about {number(run.a_week, 0)} a week"),
                predicted,
                bought,
                kpi("Worth", worth, "of purchases made anyway"),
                kpi("Held out", number(run.held_out), "of them, nothing would have happened"),
            ),
            _tried_on(run),
        ]
    )


def _tried_on(run: DryRun) -> Component:
    some = run.visitors < run.all_visitors
    return html.P(
        f"{run.name}: {number(run.visits)} visits of {number(run.visitors)} visitors, "
        f"{date(run.first)} to {date(run.last)}"
        + (f", picked at random from {number(run.all_visitors)}." if some else "."),
        className="mt-2 mb-0 smaller text-body-tertiary",
    )


def what_it_did(*, rule: Rule, found: Effect) -> Component:
    """Return the effect of a rule, read off its hold-out."""
    title = "What it did"
    people = found.outcomes.people
    if not people:
        return section(
            empty_state("It hasn't fired yet", "Its effect appears here, from the first visitor on."),
            title=title,
        )
    if rule.held_out and not found.outcomes.held_out.n:
        held = f"Fired for {counted(people, 'visitor')}, none held out yet"
        return section(
            empty_state(held, "Its effect appears here once there are some, to compare the others with."),
            title=title,
        )
    warned = [*cautions(found.outcomes), *found.uplift.cautions]
    if found.is_open:
        warned.append(
            f"{number(found.is_open)} of {number(people)} visitors can still buy within "
            f"{number(rule.window_days)} days: the figures aren't final."
        )
    parts = effect(
        found=found.outcomes, listed=found.listing, uplift=found.uplift, definition=Definition(),
        currency=found.currency, warned=warned,
    )  # fmt: skip
    days = number(rule.window_days)
    words = f"Each visitor counts once, with purchases in the {days} days after the rule first fired."
    return html.Div([section(title=title, subtitle=words), *parts], className="vstack gap-3")


def letters_card(*, rule: Rule, letters: Sequence[Firing]) -> Component | None:
    """Return what was given up; nothing where there is nothing."""
    if not letters:
        return None
    rows = [
        [
            ago(moment_at(letter.fired_at)),
            letter.facts.visitor,
            number(letter.attempts),
            letter.problem or "",
            button("Send again", id={"type": AGAIN, "rule": rule.id, "firing": letter.id}, small=True),
        ]
        for letter in letters[:MOST_LETTERS]
    ]
    table = simple_table(
        ["Fired", "Visitor", "Attempts", "Problem", ""],
        rows,
        numeric=(2,),
        caption="Not delivered",
        stack=True,
    )
    return card(
        table,
        title=f"Not delivered: {number(len(letters))}",
        subtitle="Given up. Sent again, they keep their id, so that nobody acts on one twice."
        + (f" The latest {MOST_LETTERS} are shown." if len(letters) > MOST_LETTERS else ""),
        actions=button("Send all again", id={"type": ALL_AGAIN, "rule": rule.id}, small=True),
        flush=True,
    )


def secret_card(*, rule: Rule) -> Component | None:
    """Return the secret that signs a rule's webhooks, folded away."""
    if rule.action.kind != "webhook" or not rule.secret:
        return None
    words = [
        html.Summary("Signing secret"),
        html.P(
            "Your server checks with it that a webhook comes from here. It follows Standard Webhooks; "
            "docs/live.md shows how.",
            className="mt-2 mb-1 smaller",
        ),
        copied(rule.secret, "rule-secret", class_name=""),
    ]
    return card(html.Details(words))


def problem(title: str, text: str | None) -> Component:
    """Return why something could not be done."""
    return banner("warning", title, text)
