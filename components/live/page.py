"""The Live page put together: status, who is here, one visit, and below what it is set up with."""

from __future__ import annotations

import time

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from components.base.control import control
from components.base.layout import button, page, section
from components.live.judged import judged_card
from components.live.now import status, who_is_here
from components.live.setup import WAITS, datasets_card, first_event, keys_card, quarantine_card, waiting
from core.base.identity import may
from core.live.closing import Growing
from core.live.early import Judged
from core.live.keys import Key
from core.live.overview import Now
from core.live.quarantine import Reason

PATH = "/live"
STATUS, NOW, VISIT, QUARANTINE = "live-status", "live-now", "live-visit", "live-quarantine"
CLOCK, SORT, PAUSE, DEMO, CHOSEN = "live-clock", "live-sort", "live-pause", "live-demo", "live-chosen"
#: Whose visits are shown, and which page of their list.
KIND, PAGE, PREVIOUS, NEXT = "live-kind", "live-list-page", "live-previous", "live-next"
FIRST, DATASETS, JUDGED = "live-first", "live-datasets", "live-judged"
#: When the score of the visit that is shown was made.
SEEN = "live-visit-scored"
#: When it was last looked at how early predictions turned out, in seconds since 1970.
JUDGED_AT = "live-judged-at"
#: What the page's script knows: where it says whether the line stands, and all that counts seconds.
LINE, WHOLE = "live-line", "live-page"
ORDERS = {
    "probability": "Probability",
    "value": "Value of the cart",
    "cluster": "Cluster",
    "step": "Step",
    "latest": "Latest event",
}
#: Real visitors and those of the demo shop are never counted together.
KINDS: dict[str, tuple[str, bool | None]] = {
    "auto": ("Real, else demo", None),
    "real": ("Real", False),
    "demo": ("Demo shop (synthetic)", True),
}


def live_page(
    *,
    shop: Now,
    kind: str,
    keys: tuple[Key, ...],
    quarantine: tuple[Reason, ...],
    sources: tuple[Growing, ...],
    url: str,
    visit: Component | None,
    chosen: str | None,
    demo: bool,
    turned_out: tuple[Judged, ...],
) -> Component:
    """Return the page as things stand now."""
    sort = dbc.Select(
        id=SORT, options=[{"value": name, "label": label} for name, label in ORDERS.items()],
        value="probability", size="sm",
    )  # fmt: skip
    kinds = [{"value": name, "label": label} for name, (label, _) in KINDS.items()]
    controls = html.Div(
        [
            control("Visitors", dbc.Select(id=KIND, options=kinds, value=kind, size="sm"), inline=True),
            control("Order by", sort, inline=True),
            dbc.Switch(id=PAUSE, label="Pause", value=False),
            dbc.Switch(id=DEMO, label="Play the synthetic demo shop", value=demo),
        ],
        className="hstack flex-wrap gap-3",
    )
    line = html.Span("Connecting", id=LINE, role="status", className="small text-body-secondary")
    steps = first_event(shop=shop, keys=keys, url=url) if may("rules.write") else None
    whole = page(
        html.Div([html.Div(status(shop=shop), id=STATUS), line], className="hstack gap-3"),
        # The key in it is shown once, and is still to be copied when an event has come.
        steps,
        html.Div(waiting() if steps else None, id=FIRST),
        html.Div(visit, id=VISIT),
        section(controls, html.Div(who_is_here(shop=shop, chosen=chosen), id=NOW), _turning(shop)),
        html.Div(judged_card(rows=turned_out), id=JUDGED),
        html.Div(quarantine_card(reasons=quarantine), id=QUARANTINE),
        html.Div(datasets_card(sources=sources), id=DATASETS),
        keys_card(keys=keys, url=url) if may("rules.write") else None,
        dcc.Store(id=CLOCK),
        dcc.Store(id=PAGE, data=0),
        dcc.Store(id=CHOSEN, data=chosen),
        dcc.Store(id=SEEN),
        dcc.Store(id=JUDGED_AT, data=time.time()),
        dcc.Store(id=WAITS, data=not shop.is_connected),
        title="Live",
        subtitle="Who is in the shop now, and how likely each visit still ends in a purchase.",
        actions=button("Rules", href="/live/rules", small=True),
    )
    return html.Div(whole, id=WHOLE)


def _turning(shop: Now) -> Component:
    """Return the buttons that turn the pages of the list; outside of it, so that it may be shown anew."""
    before, after = ends(shop=shop)
    return html.Nav(
        [
            button("Previous visits", id=PREVIOUS, small=True, disabled=before),
            button("Next visits", id=NEXT, small=True, disabled=after),
        ],
        className="hstack gap-2 mt-3",
        **{"aria-label": "Pages of the visits"},
    )


def ends(*, shop: Now) -> tuple[bool, bool]:
    """Whether the visits that are shown are the first, and the last."""
    return shop.n_before == 0, shop.n_before + len(shop.visits) >= shop.n_running
