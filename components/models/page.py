"""The page of one model: its card, with a threshold that can be moved and saved."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

from dash import dcc, html
from dash.development.base_component import Component

from components.base.format import number
from components.base.glossary import term
from components.base.layout import (
    badge,
    banner,
    button,
    card,
    facts,
    kpi,
    kpi_row,
    page,
    section,
    simple_table,
    synthetic_badge,
)
from components.models.card import blocks
from components.models.card_parts import Block, Chart, Facts, Missing, Part, Table, chart_card
from components.models.labels import kpis, measured_on
from components.models.threshold import SHOWN, STATE, threshold_section
from components.models.threshold_parts import TITLE as THRESHOLD_TITLE
from components.models.use import dialog, use_id
from components.train.compare import alarms_panel
from core.base.errors import DecisionError
from core.bundle.model_card import Card, nearest, read_card
from core.bundle.threshold import ThresholdRule

#: After which section the threshold stands.
BEFORE_THRESHOLD = "calibration"
#: Longer tables are folded.
MOST_ROWS = 8


def model_page(*, shown: Card, place: int | None, rule: ThresholdRule | None) -> Component:
    """Return the page of a model; the threshold is at ``place``, ``rule`` is one of money or None."""
    manifest = shown.manifest
    body: list[Component | None] = [alarms_panel(alarms=manifest.alarms), _clusters_only(shown)]
    figures = kpis(shown)
    if figures:
        body.append(
            section(
                kpi_row(*(kpi(each.label, each.value, each.note) for each in figures)),
                html.P(measured_on(shown), className="small text-body-tertiary mb-0"),
            )
        )
    named: list[tuple[str, str]] = []
    sections: list[Component] = []
    for block in blocks(shown):
        sections.append(block_section(block))
        named.append((block.key, block.title))
        if block.key == BEFORE_THRESHOLD:
            cut_off = threshold_section(shown=shown, place=place, rule=rule)
            sections.append(html.Div(cut_off, id=section_id("threshold")))
            named.append(("threshold", THRESHOLD_TITLE))
    if manifest.notes:
        notes = card(html.Ul([html.Li(note) for note in manifest.notes], className="small"))
        sections.append(section(notes, title="Notes", id=section_id("notes")))
        named.append(("notes", "Notes"))
    return page(
        *body,
        _contents(named),
        *sections,
        dialog(),
        dcc.Store(id=SHOWN, data=manifest.name),
        dcc.Store(id=STATE),
        title=manifest.name,
        subtitle=html.Span(badges(shown), className="d-inline-flex flex-wrap gap-2 align-items-center"),
        actions=[
            button("All models", href="/models", kind="quiet", icon="arrow-left"),
            button(
                "Download the card",
                href=card_address(manifest.name),
                icon="download",
                external=True,
                title="One file that opens in any browser, offline",
            ),
            *([] if shown.in_use else [button("Use this one", id=use_id(manifest.name), kind="primary")]),
        ],
    )


def card_address(name: str) -> str:
    """Return where a model's card is downloaded."""
    return f"/api/models/{quote(name)}/card.html"


def section_id(key: str) -> str:
    """Return the id of a section of the card."""
    return f"model-section-{key}"


def badges(shown: Card) -> list[Component]:
    """Return the marks beside a model's name."""
    alarms = len(shown.manifest.alarms)
    found = [
        badge("in use", "success") if shown.in_use else None,
        synthetic_badge() if shown.manifest.synthetic else None,
        None if shown.predicts_purchase else badge("clusters only", "neutral"),
        badge(f"{alarms} warning{'s' if alarms > 1 else ''}", "danger") if alarms else None,
    ]
    return [mark for mark in found if mark is not None]


def block_section(block: Block) -> Component:
    """Return a section of the card as a part of the page."""
    charts = [_part(part) for part in block.parts if isinstance(part, Chart)]
    others = [_part(part) for part in block.parts if not isinstance(part, Chart)]
    return section(
        html.Div(charts, className="cards-lg") if charts else None,
        html.Div(
            others, className="columns align-items-start" if _fit_in_two(block.parts) else "vstack gap-3"
        )
        if others
        else None,
        title=block.title,
        subtitle=block.subtitle,
        id=section_id(block.key),
    )


def _contents(sections: Sequence[tuple[str, str]]) -> Component:
    """Return the way to each section, by key and title: the card is several screens long."""
    links = [
        html.A(title, href=f"#{section_id(key)}", className="py-1 small text-nowrap")
        for key, title in sections
    ]
    label = html.Span("On this page:", className="small text-body-tertiary")
    return html.Nav(
        [label, *links], className="hstack flex-wrap column-gap-3 row-gap-0", **{"aria-label": "On this page"}
    )


def _clusters_only(shown: Card) -> Component | None:
    if shown.predicts_purchase:
        return None
    return banner(
        "info",
        "This model has clusters only",
        "Purchases were missing from the data it learned from, so it doesn't predict who will buy or "
        "what they will spend. It says which kind of visit each session is.",
    )


def _fit_in_two(parts: Sequence[Part]) -> bool:
    tables = [part for part in parts if not isinstance(part, Chart)]
    narrow = all(not isinstance(part, Table) or len(part.columns) <= 5 for part in tables)
    return narrow and len(tables) > 1


def _part(part: Part) -> Component:
    if isinstance(part, Chart):
        return chart_card(part=part)
    if isinstance(part, Facts):
        return card(facts(*part.rows, class_name="facts-beside"), title=part.title)
    if isinstance(part, Missing):
        return card(html.P(part.text, className="small text-body-tertiary mb-0"), title=part.title)
    table = simple_table(
        list(part.columns),
        [[term(row[0]), *row[1:]] for row in part.rows],
        numeric=part.numeric,
        caption=part.title,
        stack=True,
    )
    if len(part.rows) <= MOST_ROWS:
        return card(table, title=part.title, subtitle=part.subtitle, flush=True)
    said = [html.H3(part.title, className="card-title d-inline"), f" · {number(len(part.rows))} rows"]
    if part.subtitle:
        said.append(html.Div(part.subtitle, className="card-subtitle mt-1 small text-body-tertiary"))
    return card(html.Details([html.Summary(said, className="px-3 py-2"), table]), flush=True)


def card_page(
    name: str, *, threshold: float | None = None, value: float | None = None, cost: float | None = None
) -> Component:
    """Return the page of the model of this name, as an address asks for it.

    Parameters
    ----------
    threshold
        Where the threshold is to be shown; the one in force without it.
    value, cost
        What a buyer is worth and a contact costs; with both it is about money.

    Raises
    ------
    BundleError
        If there is no such model, or it can't be read.
    """
    shown = read_card(name)
    rule = shown.rule if shown.rule.kind == "money" else None
    if threshold is not None:
        rule = None
    if value is not None and cost is not None:
        rule = _money(value, cost)
    place = shown.place if threshold is None else nearest(shown.counts, threshold)
    return model_page(shown=shown, place=place, rule=rule)


def _money(value: float, cost: float) -> ThresholdRule | None:
    try:
        return ThresholdRule(kind="money", value_of_buyer=value, cost_of_contact=cost).validate()
    except DecisionError:
        return None
