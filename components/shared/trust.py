"""How far to trust predictions, in the one sentence every page leads with."""

from __future__ import annotations

from dash.development.base_component import Component

from components.base.layout import Actions, banner
from core.results.trust import Trust


def trust_banner(trust: Trust, action: Actions = None) -> Component:
    """Return the verdict with what to do next: red where one shouldn't act on the predictions."""
    if not trust.act:
        return banner("danger", trust.sentence, trust.detail, action)
    return banner("success" if trust.measured == "export" else "info", trust.sentence, trust.detail, action)


def warning(trust: Trust | None, action: Actions = None) -> Component | None:
    """Return the verdict on pages that have something else to say: only where one shouldn't act."""
    return None if trust is None or trust.act else trust_banner(trust, action)
