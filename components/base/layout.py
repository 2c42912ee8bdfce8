"""The parts every page is made of: page, section, card, figures in words, messages, buttons, tables."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Literal

from dash import dcc, html
from dash.development.base_component import Component

from components.base.format import NOTHING
from components.base.icons import icon

__all__ = [
    "badge",
    "banner",
    "button",
    "card",
    "empty_state",
    "error_panel",
    "icon",
    "kpi",
    "kpi_row",
    "page",
    "section",
    "simple_table",
    "synthetic_badge",
]

Tone = Literal["info", "success", "warning", "danger"]
Child = Component | str | None

_TONE_ICON = {"info": "info", "success": "check", "warning": "warning", "danger": "danger"}


def page(
    *children: Child,
    title: str,
    subtitle: Child = None,
    actions: Component | Sequence[Component] | None = None,
    width: Literal["wide", "narrow"] = "wide",
) -> Component:
    """Return a page: its heading, what can be done with it, and what is on it.

    ``narrow`` suits text and forms; ``wide`` uses the screen.
    """
    words = [html.H1(title, className="page-title")]
    if subtitle:
        words.append(html.Div(subtitle, className="page-subtitle"))
    head = [html.Div(words, className="page-words")]
    if actions:
        head.append(html.Div(actions, className="page-actions"))
    return html.Div(
        [html.Div(head, className="page-head"), *_shown(children)], className=f"page page-{width}"
    )


def section(
    *children: Child,
    title: str | None = None,
    subtitle: Child = None,
    actions: Component | Sequence[Component] | None = None,
    id: str | None = None,
) -> Component:
    """Return a part of a page under a heading of its own."""
    words: list[Component] = []
    if title:
        words.append(html.H2(title, className="section-title"))
    if subtitle:
        words.append(html.Div(subtitle, className="section-subtitle"))
    head: list[Component] = [html.Div(words, className="section-words")] if words else []
    if actions:
        head.append(html.Div(actions, className="section-actions"))
    inner = [html.Div(head, className="section-head"), *_shown(children)] if head else _shown(children)
    return html.Section(inner, className="section", **({"id": id} if id else {}))


def card(
    *children: Child,
    title: str | None = None,
    subtitle: Child = None,
    actions: Component | Sequence[Component] | None = None,
    flush: bool = False,
    id: str | None = None,
    class_name: str = "",
) -> Component:
    """Return a surface with a hairline border; ``flush`` lets a table or grid reach its edges."""
    parts: list[Any] = []
    if title or actions:
        words: list[Component] = [html.H3(title, className="card-title")] if title else []
        if subtitle:
            words.append(html.Div(subtitle, className="card-subtitle"))
        head: list[Component] = [html.Div(words, className="card-words")]
        if actions:
            head.append(html.Div(actions, className="card-actions"))
        parts.append(html.Div(head, className="card-head"))
    parts.append(html.Div(_shown(children), className="card-flush" if flush else "card-body"))
    return html.Div(parts, className=f"card {class_name}".strip(), **({"id": id} if id else {}))


def kpi(
    label: str,
    value: Child,
    note: Child = None,
    tone: Literal["positive", "negative", "muted"] | None = None,
    help: str | None = None,
) -> Component:
    """Return one figure: what it is, how much, and against what; ``help`` explains it on request."""
    name: list[Any] = [label]
    if help:
        name.append(
            html.Button(
                icon("help", size=14),
                type="button",
                className="kpi-help",
                title=help,
                **{"aria-label": f"{label}: {help}"},
            )
        )
    parts = [
        html.Dt(name, className="kpi-label"),
        html.Dd(value, className=f"kpi-value{f' kpi-{tone}' if tone else ''}"),
    ]
    if note:
        parts.append(html.Dd(note, className="kpi-note"))
    return html.Div(parts, className="kpi")


def kpi_row(*kpis: Component | None) -> Component:
    """Return figures side by side, over as many lines as they need."""
    return html.Dl(_shown(kpis), className="card kpi-row")


def banner(
    tone: Tone, title: str, text: Child = None, action: Component | Sequence[Component] | None = None
) -> Component:
    """Return a message over the width of the page; the reader is told without being stopped."""
    words: list[Component] = [html.Div(title, className="banner-title")]
    if text:
        words.append(html.Div(text, className="banner-text"))
    parts: list[Component] = [
        html.Span(icon(_TONE_ICON[tone]), className="banner-icon"),
        html.Div(words, className="banner-words"),
    ]
    if action:
        parts.append(html.Div(action, className="banner-action"))
    return html.Div(
        parts, className=f"banner banner-{tone}", role="alert" if tone in ("warning", "danger") else "status"
    )


def empty_state(
    title: str, text: Child = None, action: Component | Sequence[Component] | None = None
) -> Component:
    """Return what stands where there is nothing yet, with the way to something."""
    parts: list[Component] = [html.Div(title, className="empty-title")]
    if text:
        parts.append(html.Div(text, className="empty-text"))
    if action:
        parts.append(html.Div(action, className="empty-action"))
    return html.Div(parts, className="empty-state")


def button(
    label: str,
    *,
    id: str | Mapping[str, Any] | None = None,
    href: str | None = None,
    kind: Literal["primary", "secondary", "quiet", "danger"] = "secondary",
    icon: str | None = None,
    external: bool = False,
    disabled: bool = False,
    title: str | None = None,
) -> Component:
    """Return a button, or with ``href`` a link that looks like one.

    ``external`` leaves the app: for downloads and addresses that are no page.
    """
    content = [_icon(icon), html.Span(label)] if icon else [html.Span(label)]
    common: dict[str, Any] = {"className": f"button button-{kind}"}
    if id is not None:
        common["id"] = id
    if title:
        common["title"] = title
    if href is None:
        return html.Button(content, type="button", disabled=disabled, n_clicks=0, **common)
    if external:
        return html.A(content, href=href, **common)
    return dcc.Link(content, href=href, **common)


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
    head = [html.Th(name, scope="col", className=kind) for name, kind in zip(columns, kinds, strict=True)]
    body = [
        html.Tr(
            [_cell(cell, kind, name, stack) for cell, kind, name in zip(row, kinds, columns, strict=True)]
        )
        for row in rows
    ]
    said: list[Component] = [html.Caption(caption, className="visually-hidden")] if caption else []
    table = html.Table(
        [*said, html.Thead(html.Tr(head)), html.Tbody(body)],
        className="data-table data-table-stack" if stack else "data-table",
    )
    # A region that scrolls has to be reached by the keyboard as well.
    return html.Div(
        table, className="table-scroll", tabIndex=0, role="region", **{"aria-label": caption or "Table"}
    )


def _cell(cell: Any, kind: str | None, column: Child, stack: bool) -> Component:  # noqa: ANN401
    if not stack:
        return html.Td(cell, className=kind)
    classes = " ".join(filter(None, (kind, "blank" if cell == NOTHING else None)))
    return html.Td(cell, className=classes or None, **{"data-label": column})


def badge(
    text: str, tone: Tone | Literal["neutral", "accent"] = "neutral", title: str | None = None
) -> Component:
    """Return a small mark beside a name."""
    return html.Span(text, className=f"tag tag-{tone}", **({"title": title} if title else {}))


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
        lines.append(html.Div(str(error["where"]), className="error-where"))
    if error.get("remedy"):
        lines.append(html.Div(str(error["remedy"])))
    message = str(error.get("message") or "Something went wrong.")
    if error.get("waits_for"):
        return _waiting(error, message, lines)
    return banner("danger", message, html.Div(lines), action)


def _waiting(error: Mapping[str, Any], message: str, lines: Sequence[Component]) -> Component:
    """Return what isn't there yet, with how far it is; ``waiting.js`` opens the page again when it is."""
    share = float(error.get("share") or 0)
    bar = html.Progress(value=f"{share:.3f}", max="1", **{"aria-label": "How far it is"})
    told = html.Span(f"{share:.0%}", className="waiting-share", **{"aria-hidden": "true"})
    stop = html.Button("Stop", type="button", className="btn btn-sm btn-outline-secondary waiting-stop")
    return html.Div(
        banner("info", message, html.Div([*lines, html.Div([bar, told, stop], className="waiting-bar")])),
        **{"data-waits-for": str(error["waits_for"])},
    )


def _shown(children: Sequence[Any]) -> list[Any]:
    return [child for child in children if child is not None]


_icon = icon
