"""How far to trust predictions, in the one sentence every page leads with."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from components.base.format import NOTHING
from components.base.layout import Actions, Tone, badge, banner
from core.results.trust import Trust


def trust_banner(trust: Trust, action: Actions = None) -> Component:
    """Return the verdict with what to do next.

    Red where one shouldn't act on the predictions, amber where their totals are off, green where this export
    has shown that both hold.
    """
    return banner(tone(trust), trust.sentence, trust.detail, action)


def tone(trust: Trust) -> Tone:
    """Return the colour of a verdict."""
    if not trust.act:
        return "danger"
    if trust.totals_hold is False:
        return "warning"
    return "success" if trust.measured == "export" else "info"


def warning(trust: Trust | None, action: Actions = None) -> Component | None:
    """Return the verdict on pages that have something else to say: only where one shouldn't act."""
    return None if trust is None or trust.act else trust_banner(trust, action)


def doubt_badge(doubt: str | None) -> list[Component]:
    """Return the mark of a result one shouldn't act on in a list; none where one may."""
    return [badge("Don't act on it", "warning", title=doubt)] if doubt else []


def listed(figure: str, doubt: str | None) -> Component | str:
    """Return a predicted figure of a list, muted where one shouldn't act on it."""
    return figure if not doubt or figure == NOTHING else html.Span(figure, className="text-body-tertiary")
