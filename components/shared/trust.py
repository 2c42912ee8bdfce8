"""How far to trust predictions, in the one sentence every page leads with."""

from __future__ import annotations

from dash.development.base_component import Component

from components.base.layout import Actions, Tone, banner
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
