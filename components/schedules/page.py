"""One schedule: what needs a person, its runs with what came of each, and what it is set to."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from urllib.parse import quote

from dash import dcc, html
from dash.development.base_component import Component

from components.base.format import NOTHING, date_time
from components.base.layout import (
    badge,
    banner,
    button,
    card,
    empty_state,
    facts,
    page,
    section,
    simple_table,
)
from components.schedules.words import (
    ARRIVAL_STATES,
    KINDS,
    MEANS,
    PATH,
    comes_from,
    list_words,
    message_words,
    next_words,
    run_words,
    runs_when,
    sent_words,
)
from core.audiences.platforms import PLATFORMS
from core.rules.message import shown_address
from core.schedules.service import Shown
from core.storage import Arrival, Run

#: Ids of this component: what is renewed and by what its state is told, which schedule it is of, what is
#: wrong, the clock, and the way elsewhere.
BODY, STAMP, SHOWN, PROBLEM, CLOCK, OPEN = (
    "schedule-body",
    "schedule-stamp",
    "schedule-shown",
    "schedule-problem",
    "schedule-clock",
    "schedule-open",
)
ACT = "schedule-act"
#: How often the page is renewed.
SECONDS = 4
WORDS = {"id": "ids only", "all": "ids and figures"}


def act_id(act: str, of: str) -> dict[str, str]:
    """Return the id of a button that does something with a schedule or an export."""
    return {"type": ACT, "act": act, "of": of}


def schedule_page(*, shown: Shown, audience: str | None, may_write: bool) -> Component:
    """Return the page; ``audience`` is the name of the audience that is drawn, None where it is gone."""
    return page(
        html.Div(id=PROBLEM, role="alert", className="hide-empty"),
        html.Div(
            body(shown=shown, audience=audience, may_write=may_write), id=BODY, className="vstack gap-4"
        ),
        dcc.Store(id=SHOWN, data=shown.schedule.id),
        dcc.Store(id=STAMP, data=stamp(shown)),
        dcc.Store(id=OPEN),
        dcc.Interval(id=CLOCK, interval=1000 * SECONDS),
        title=shown.schedule.name,
        subtitle=f"{runs_when(shown.definition)} · {comes_from(shown.definition)}",
        actions=button("All schedules", href=PATH, small=True),
    )


def stamp(shown: Shown) -> str:
    """Return what is another text once something of a schedule has changed."""
    return hashlib.sha256(repr(shown).encode()).hexdigest()


def body(*, shown: Shown, audience: str | None, may_write: bool) -> list[Component]:
    """Return what is renewed: everything below the heading."""
    parts = [_state(shown, may_write), _problem(shown), _needs_person(shown, may_write), _waiting(shown)]
    return [
        part for part in (*parts, _runs(shown), _settings(shown, audience, may_write)) if part is not None
    ]


def _state(shown: Shown, may_write: bool) -> Component:
    kept = shown.schedule
    said = "Next run: " + next_words(shown) if kept.is_on else "Nothing is read."
    parts = [badge("On", "success") if kept.is_on else badge("Off"), html.Span(said, className="flex-words")]
    if may_write:
        parts += [
            button("Run now", id=act_id("run", kept.id), kind="primary", small=True),
            button("Change", href=f"{PATH}/new?schedule={quote(kept.id)}", small=True),
            button(
                "Switch off" if kept.is_on else "Switch on",
                id=act_id("off" if kept.is_on else "on", kept.id),
                small=True,
            ),
        ]
        if not kept.is_on:
            parts.append(button("Delete", id=act_id("delete", kept.id), kind="danger", small=True))
    return card(html.Div(parts, className="hstack flex-wrap gap-2"))


def _problem(shown: Shown) -> Component | None:
    said = shown.schedule.problem
    if not said:
        return None
    return banner("danger", str(said.get("message")), str(said.get("remedy") or ""))


def _needs_person(shown: Shown, may_write: bool) -> Component | None:
    if not shown.problems:
        return None
    cards = [_question(arrival, may_write) for arrival in shown.problems]
    return section(
        *cards, title="Needs your decision", subtitle="Nothing is counted or sent until you decide."
    )


def _question(arrival: Arrival, may_write: bool) -> Component:
    said = arrival.problem or {}
    return banner(
        "warning" if arrival.state == "needs_person" else "danger",
        f"{arrival.name}: {said.get('message') or 'it could not be read.'}",
        str(said.get("remedy") or ""),
        [*_links(arrival), *(_answers(arrival, str(said.get("code"))) if may_write else [])],
    )


def _links(arrival: Arrival) -> list[Component]:
    links = []
    if arrival.dataset_id and not arrival.result_id:
        links.append(button("See the export", href=f"/upload/{quote(arrival.dataset_id)}", small=True))
    if arrival.result_id:
        links.append(button("See the result", href=f"/results/{quote(arrival.result_id)}", small=True))
    return links


def _answers(arrival: Arrival, code: str) -> list[Component]:
    words = {"schedule": "Accept", "audience": "Send the list anyway"}.get(code, "Try again")
    if arrival.state == "failed":
        words = "Try again"
    leave = button("Skip it", id=act_id("leave", arrival.id), kind="quiet", small=True)
    if arrival.state == "needs_person" and code == "mapping":
        # It goes on by itself, once the export is scored.
        return [leave]
    return [button(words, id=act_id("accept", arrival.id), kind="primary", small=True), leave]


def _waiting(shown: Shown) -> Component | None:
    there = [arrival for arrival in shown.waiting if arrival.looks]
    if not there or shown.definition.kind == "query":
        return None
    names = ", ".join(arrival.name for arrival in there[-5:])
    return banner("info", f"Arrived: {names}", "Read once complete and its run is due.")


def _runs(shown: Shown) -> Component:
    if not shown.runs:
        nothing = empty_state("No runs yet", "The first one starts as soon as a complete export is due.")
        return section(card(nothing), title="Runs")
    rows = [row for run in shown.runs for row in _rows(run, shown.arrivals[run.id])]
    table = simple_table(
        ["Run", "Export", "State", "List", "Message"], rows, caption="Runs and what came of them", stack=True
    )
    return section(card(table, flush=True), title="Runs")


def _rows(run: Run, arrivals: Sequence[Arrival]) -> list[list[Component | str]]:
    when = html.Div(
        [
            html.Div(date_time(run.slot), className="text-nowrap"),
            html.Div(KINDS[run.kind], className="smaller text-body-tertiary"),
        ]
    )
    if not arrivals:
        return [[when, NOTHING, badge(*run_words(run)), NOTHING, message_words(run)]]
    rows = []
    for place, arrival in enumerate(arrivals):
        first = place == 0
        rows.append(
            [
                when if first else "",
                _export(arrival),
                badge(*ARRIVAL_STATES[arrival.state], title=MEANS.get(arrival.state)),
                _list(arrival),
                message_words(run) if first else "",
            ]
        )
    return rows


def _export(arrival: Arrival) -> Component:
    href = None
    if arrival.result_id:
        href = f"/results/{quote(arrival.result_id)}"
    elif arrival.dataset_id:
        href = f"/upload/{quote(arrival.dataset_id)}"
    looks = "fw-medium text-break"
    return (
        dcc.Link(arrival.name, href=href, className=looks)
        if href
        else html.Span(arrival.name, className=looks)
    )


def _list(arrival: Arrival) -> Component | str:
    drawn = arrival.list
    if not drawn or not arrival.result_id:
        return list_words(arrival)
    href = f"/audiences/{quote(drawn['audience_id'])}?result={quote(arrival.result_id)}"
    said = {"title": sent} if (sent := sent_words(arrival)) else {}
    return html.Span([dcc.Link(drawn["audience"], href=href), f": {list_words(arrival)}"], **said)


def _settings(shown: Shown, audience: str | None, may_write: bool) -> Component:
    told = shown.definition
    drawn = "No list"
    if told.audience:
        columns = WORDS.get(told.columns) or PLATFORMS[told.columns].name
        drawn = f"{audience or 'Deleted: choose another one'} ({columns})"
    # An address may be all it takes to send there: it is for those who may change it.
    webhook = told.webhook if may_write else shown_address(told.webhook)
    places = " and ".join(place for place in (told.destination, webhook) if place) or NOTHING
    messages = ", ".join(shown_address(one) for one in told.messages) or NOTHING
    entries = [
        ("Source", comes_from(told)),
        ("Runs", runs_when(told)),
        ("Audience", drawn),
        ("List goes to", html.Span(places, className="text-break")),
        ("Messages", messages),
    ]
    parts = [facts(*entries)]
    if told.kind == "query":
        parts.append(html.Pre(told.sql, className="mb-0 smaller text-break"))
    if told.webhook and may_write:
        parts.append(
            html.Details(
                [
                    html.Summary("Secret that signs the webhook"),
                    html.Code(shown.schedule.secret, className="text-break"),
                ],
                className="smaller",
            )
        )
    return section(card(*parts, stack=True), title="Settings")
