"""The parts every page is made of: page, section, card, figures in words, messages, buttons, tables."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Literal, TypeAlias

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from components.base.format import NOTHING, percent
from components.base.help_mark import help_mark
from components.base.icons import icon

__all__ = [
    "badge",
    "banner",
    "button",
    "card",
    "empty_state",
    "error_panel",
    "facts",
    "icon",
    "icon_button",
    "kpi",
    "kpi_row",
    "levelled",
    "method",
    "outlined",
    "page",
    "section",
    "simple_table",
    "synthetic_badge",
    "table_scroll",
]

Tone = Literal["info", "success", "warning", "danger"]
BadgeTone = Tone | Literal["neutral", "accent"]
Child: TypeAlias = Component | str | None
Actions: TypeAlias = Component | Sequence[Component] | None

_TONE_ICON = {"info": "info", "success": "check", "warning": "warning", "danger": "danger"}
#: What Bootstrap calls the kinds of buttons.
BUTTONS = {
    "primary": "btn btn-primary",
    "secondary": "btn btn-secondary",
    "quiet": "btn btn-link",
    "danger": "btn btn-outline-danger",
}
#: What Bootstrap calls the tones of a figure.
_KPI_TONES = {
    "positive": "text-success-emphasis",
    "negative": "text-danger-emphasis",
    "muted": "text-body-tertiary",
}


def page(
    *children: Child,
    title: str,
    subtitle: Child = None,
    actions: Actions = None,
    width: Literal["wide", "narrow"] = "wide",
) -> Component:
    """Return a page: its heading, what can be done with it, and what is on it.

    ``narrow`` suits text and forms; ``wide`` uses the screen.
    """
    head = _head(
        html.H1(title, className="text-break"), subtitle, actions, looks="page-subtitle text-body-tertiary"
    )
    return outlined(html.Div([head, *_shown(children)], className=f"page page-{width}"))


def outlined(part: Component, below: bool = False) -> Component:
    """Return a part of a page whose cards are headings of the level they have on it.

    A card in a section comes below the section's heading, one beside sections on the same level; it looks the
    same.
    """
    children = getattr(part, "children", None)
    if isinstance(children, (list, tuple)):
        below = below or (isinstance(part, html.Section) and _is_headed(children[:1]))
        part.children = [_levelled(child, below) for child in children]
    elif isinstance(children, Component):
        part.children = _levelled(children, below)
    return part


def levelled(parts: Sequence[Any]) -> list[Any]:
    """Return parts a callback puts on a page, outside its sections, ``outlined`` as ``page`` does."""
    return [_levelled(part, below=False) for part in parts]


def _levelled(child: Any, below: bool) -> Any:  # noqa: ANN401 - whatever can stand on a page
    if isinstance(child, html.H3) and not below and "card-title" in (getattr(child, "className", "") or ""):
        return html.H2(**child.to_plotly_json()["props"])
    return outlined(child, below) if isinstance(child, Component) else child


def _is_headed(children: Sequence[Any]) -> bool:
    return any(
        isinstance(part, html.H2)
        for child in children
        if isinstance(child, Component)
        for part in child._traverse()
    )


def section(
    *children: Child,
    title: str | None = None,
    subtitle: Child = None,
    actions: Actions = None,
    id: str | None = None,
) -> Component:
    """Return a part of a page under a heading of its own."""
    inner = _shown(children)
    if title or subtitle or actions:
        heading = html.H2(title) if title else None
        looks = "section-subtitle small text-body-tertiary"
        inner = [_head(heading, subtitle, actions, looks=looks, align="center"), *inner]
    return html.Section(inner, className="vstack gap-3", **({"id": id} if id else {}))


def card(
    *children: Child,
    title: str | None = None,
    subtitle: Child = None,
    actions: Actions = None,
    flush: bool = False,
    stack: bool = False,
    id: str | None = None,
    class_name: str = "",
) -> Component:
    """Return a surface with a hairline border.

    ``flush`` lets a table or grid reach its edges, ``stack`` keeps what is in it apart.
    """
    head = None
    if title or actions:
        heading = html.H3(title, className="card-title") if title else None
        words = "card-subtitle small text-body-tertiary"
        head = dbc.CardHeader(_head(heading, subtitle, actions, looks=words))
    looks = "vstack gap-3" if stack else None
    if flush:
        looks = f"p-0 overflow-hidden {'pt-2 rounded-bottom-3' if head else 'rounded-3'}"
    parts = [part for part in (head, dbc.CardBody(_shown(children), className=looks)) if part is not None]
    return dbc.Card(parts, className=class_name or None, **({"id": id} if id else {}))


def _head(
    heading: Component | None, subtitle: Child, actions: Actions, *, looks: str, align: str = "start"
) -> Component:
    """Return a heading with what explains it below and what can be done beside it."""
    words = [heading, html.Div(subtitle, className=f"measure mt-1 {looks}") if subtitle else None]
    parts = [html.Div(_shown(words), className="flex-words")]
    if actions:
        parts.append(html.Div(actions, className="head-actions hstack flex-wrap gap-2"))
    return html.Div(parts, className=f"d-flex flex-wrap gap-2 justify-content-between align-items-{align}")


def kpi(
    label: str,
    value: Child,
    note: Child = None,
    tone: Literal["positive", "negative", "muted"] | None = None,
    help: str | None = None,
) -> Component:
    """Return one figure: what it is, how much, and against what.

    ``help`` explains it on request; without it, the glossary does where it knows the label.
    """
    parts = [
        html.Dt(
            _shown([label, help_mark(label, help)]),
            className="kpi-label hstack gap-1 small text-body-tertiary",
        ),
        html.Dd(value, className=f"kpi-value mt-1 {_KPI_TONES[tone] if tone else ''}".strip()),
    ]
    if note:
        parts.append(html.Dd(note, className="kpi-note smaller text-body-tertiary"))
    return html.Div(parts, className="kpi")


def facts(*entries: Sequence[Child], class_name: str = "") -> Component:
    """Return a list of names with what they are and, where an entry has three parts, a note."""
    groups = [html.Div([html.Dt(name), *(html.Dd(part) for part in said)]) for name, *said in entries]
    return html.Dl(groups, className=f"facts {class_name}".strip())


def kpi_row(*kpis: Component | None) -> Component:
    """Return figures side by side, over as many lines as they need."""
    return html.Dl(_shown(kpis), className="card kpi-row")


def banner(tone: Tone, title: str, text: Child = None, action: Actions = None) -> Component:
    """Return a message over the width of the page; the reader is told without being stopped."""
    words = [
        html.Div(title, className="alert-heading fw-semibold text-body"),
        html.Div(text, className="mt-1 text-body-secondary") if text else None,
    ]
    parts = [
        icon(_TONE_ICON[tone]),
        html.Div(_shown(words), className="flex-words text-break"),
        html.Div(action, className="d-flex flex-wrap gap-2") if action else None,
    ]
    return html.Div(
        _shown(parts),
        className=f"alert alert-{tone} d-flex flex-wrap gap-2 align-items-start",
        # dbc.Alert would call all of them alerts, and interrupt whoever listens to a screen reader.
        role="alert" if tone in ("warning", "danger") else "status",
    )


def empty_state(title: str, text: Child = None, action: Actions = None) -> Component:
    """Return what stands where there is nothing yet, with the way to something."""
    parts = [
        html.Div(title, className="empty-title fw-semibold"),
        html.Div(text, className="measure mt-1 mx-auto text-body-tertiary") if text else None,
        html.Div(action, className="hstack flex-wrap gap-2 justify-content-center mt-3") if action else None,
    ]
    return html.Div(_shown(parts), className="empty-state")


def button(
    label: str,
    *,
    id: str | Mapping[str, Any] | None = None,
    href: str | None = None,
    kind: Literal["primary", "secondary", "quiet", "danger"] = "secondary",
    icon: str | None = None,
    external: bool = False,
    disabled: bool = False,
    small: bool = False,
    submit: bool = False,
    title: str | None = None,
) -> Component:
    """Return a button, or with ``href`` a link that looks like one.

    ``external`` leaves the app: for downloads and addresses that are no page. ``submit`` sends the form the
    button is in.
    """
    content = [_icon(icon), html.Span(label)] if icon else [html.Span(label)]
    common: dict[str, Any] = {"className": f"{BUTTONS[kind]}{' btn-sm' if small else ''}"}
    if id is not None:
        common["id"] = id
    if title:
        common["title"] = title
    if href is None:
        kind_of = "submit" if submit else "button"
        return html.Button(content, type=kind_of, disabled=disabled, n_clicks=0, **common)
    # Not dbc.Button, which says of links that they are buttons.
    return html.A(content, href=href, **common) if external else dcc.Link(content, href=href, **common)


def icon_button(name: str, label: str, *, id: str | Mapping[str, Any], small: bool = False) -> Component:
    """Return a quiet button that shows an icon alone; what it does is said on request."""
    looks = f"{BUTTONS['quiet']} btn-icon{' btn-sm' if small else ''}"
    said = {"title": label, "aria-label": label}
    return html.Button(icon(name), id=id, type="button", n_clicks=0, className=looks, **said)


def method(text: Child, heading: str = "How this is calculated") -> Component:
    """Return how something was reckoned, for those who ask."""
    parts = [html.Summary(heading), html.P(text, className="mt-1 mb-0")]
    return html.Details(parts, className="mt-3 smaller text-body-tertiary measure")


def simple_table(
    columns: Sequence[Child],
    rows: Sequence[Sequence[Any]],
    numeric: Collection[int] = (),
    caption: str | None = None,
    stack: bool = False,
) -> Component:
    """Return a small table; columns whose place is in ``numeric`` align their digits on the right.

    A wide one scrolls by itself; with ``stack`` a phone shows each row as a list instead.
    """
    kinds = ["num" if place in numeric else None for place in range(len(columns))]
    # A corner without a name heads nothing.
    head = [
        html.Th(name, scope="col", className=kind) if name else html.Td(className=kind)
        for name, kind in zip(columns, kinds, strict=True)
    ]
    body = [
        html.Tr(
            [_cell(cell, kind, name, stack) for cell, kind, name in zip(row, kinds, columns, strict=True)]
        )
        for row in rows
    ]
    said: list[Component] = [html.Caption(caption, className="visually-hidden")] if caption else []
    table = html.Table(
        [*said, html.Thead(html.Tr(head)), html.Tbody(body)],
        className="table table-hover table-stack" if stack else "table table-hover",
    )
    return table_scroll(table, caption or "Table")


def table_scroll(table: Component, name: str) -> Component:
    """Return a table in a region of its own, which scrolls where the table is wider than the page."""
    # What scrolls has to be reached by the keyboard as well.
    return html.Div(table, className="overflow-x-auto", tabIndex=0, role="region", **{"aria-label": name})


def _cell(cell: Any, kind: str | None, column: Child, stack: bool) -> Component:  # noqa: ANN401
    if not stack:
        return html.Td(cell, className=kind)
    classes = " ".join(filter(None, (kind, "blank" if cell in (NOTHING, "") else None)))
    return html.Td(cell, className=classes or None, **{"data-label": column})


def badge(text: Child, tone: BadgeTone = "neutral", title: str | None = None) -> Component:
    """Return a small mark beside a name."""
    name = {"neutral": "secondary", "accent": "primary"}.get(tone, tone)
    looks = f"badge border border-{name}-subtle bg-{name}-subtle text-{name}-emphasis"
    return html.Span(text, className=looks, **({"title": title} if title else {}))


def synthetic_badge() -> Component:
    """Return the mark of everything that comes from the made-up shop."""
    return badge(
        "synthetic demo shop",
        "warning",
        title="Made-up data of a shop that doesn't exist, to show what the product does.",
    )


def error_panel(error: Mapping[str, Any], action: Component | Sequence[Component] | None = None) -> Component:
    """Return an error in words: what was found, where, and what to do (``CoreError.to_dict()``)."""
    lines: list[Component] = []
    if error.get("where"):
        lines.append(html.Div(str(error["where"]), className="font-monospace smaller"))
    if error.get("remedy"):
        lines.append(html.Div(str(error["remedy"])))
    message = str(error.get("message") or "Something went wrong.")
    if error.get("waits_for"):
        return _waiting(error, message, lines)
    return banner("danger", message, html.Div(lines), action)


def _waiting(error: Mapping[str, Any], message: str, lines: Sequence[Component]) -> Component:
    """Return what isn't there yet, with how far it is; ``waiting.js`` opens the page again when it is."""
    share = float(error.get("share") or 0)
    bar = html.Progress(value=f"{share:.3f}", max="1", **{"aria-label": "Progress"})
    told = html.Span(percent(share, 0), className="waiting-share", **{"aria-hidden": "true"})
    stop = html.Button("Stop", type="button", className="btn btn-sm btn-outline-secondary waiting-stop")
    return html.Div(
        banner(
            "info",
            message,
            html.Div([*lines, html.Div([bar, told, stop], className="waiting-bar hstack gap-2 mt-2")]),
        ),
        **{"data-waits-for": str(error["waits_for"])},
    )


def _shown(children: Sequence[Any]) -> list[Any]:
    return [child for child in children if child is not None]


_icon = icon
