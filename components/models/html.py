"""A model card as one file: opens in any browser, prints, and asks the internet for nothing.

The charts are those of the page; the library that draws them stands in the file, once. A content policy
in the file itself forbids every request.
"""

from __future__ import annotations

from datetime import UTC, datetime

import plotly.offline
from jinja2.utils import htmlsafe_json_dumps
from markupsafe import Markup

from components.base.format import date_time
from components.base.theme import TEMPLATE_DARK, TEMPLATE_LIGHT
from components.models.card import blocks
from components.models.card_parts import Block, Chart
from components.models.labels import KINDS, kpis, learned_from, measured_on
from components.models.page import BEFORE_THRESHOLD
from components.models.threshold_parts import threshold_block
from core.base.html import render
from core.bundle.model_card import Card

POLICY = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:"


def card_html(shown: Card, *, now: datetime | None = None) -> str:
    """Return a model card as a whole HTML document.

    Parameters
    ----------
    now
        When the file is written, as it says of itself.
    """
    shown_blocks = _blocks(shown)
    charts = [part for block in shown_blocks for part in block.parts if isinstance(part, Chart)]
    data = {
        "figures": {chart.key: chart.figure for chart in charts},
        "light": TEMPLATE_LIGHT,
        "dark": TEMPLATE_DARK,
    }
    return render(
        "components/models/templates/card.html",
        policy=POLICY,
        manifest=shown.manifest,
        predicts_purchase=shown.predicts_purchase,
        kind=KINDS[shown.predicts_purchase],
        learned_from=learned_from(shown),
        written=date_time(now or datetime.now(UTC)),
        kpis=kpis(shown),
        measured_on=measured_on(shown),
        blocks=shown_blocks,
        data=htmlsafe_json_dumps(data, default=lambda part: part.to_plotly_json(), ensure_ascii=False),
        plotly=Markup(plotly.offline.get_plotlyjs()),  # noqa: S704  the library's own script
    )


def _blocks(shown: Card) -> tuple[Block, ...]:
    found: list[Block] = []
    for block in blocks(shown):
        found.append(block)
        if block.key == BEFORE_THRESHOLD:
            found.append(threshold_block(shown))
    return tuple(found)
