"""How live predictions turned out, beside what the model's card says of predictions so early."""

from __future__ import annotations

from collections.abc import Sequence

from dash import html
from dash.development.base_component import Component

from components.base.format import NOTHING, decimals, number
from components.base.layout import badge, card, simple_table
from core.base.written import agree, counted
from core.live.early import ALL, LEAST, Judged
from core.stats.estimate import Figure
from core.stats.guessing import guesses

NAMES = {"roc_auc": "ROC-AUC", "pr_auc": "PR-AUC"}


def judged_card(*, rows: tuple[Judged, ...]) -> Component | None:
    """Return figures of live's predictions by number of events; nothing before a visit is over."""
    if not rows:
        return None
    known = [row for row in rows if row.figures]
    if not known:
        n, buyers = max(row.n for row in rows), max(row.buyers for row in rows)
        return card(
            f"{counted(n, 'visit')} {agree(n, 'is', 'are')} over so far, {number(buyers)} with a purchase. "
            f"Figures appear from {LEAST} purchases on.",
            title=_TITLE,
            subtitle=_WORDS,
        )
    before_cart = [row for row in known if row.regime != ALL]
    folded = [
        html.Summary("The same before the first cart add", className="small fw-medium px-3 pb-3"),
        _table(before_cart, "Live predictions before the first cart add"),
    ]
    return card(
        _table([row for row in known if row.regime == ALL], "Live predictions that turned out"),
        html.Details(folded) if before_cart else None,
        title=_TITLE,
        subtitle=_WORDS,
        flush=True,
    )


def _table(rows: Sequence[Judged], caption: str) -> Component:
    columns = ["After", "Visits", "Bought"]
    for name in NAMES.values():
        columns += [f"{name} live", f"{name} on the card"]
    body = [
        [
            counted(row.k, "event"), number(row.n), number(row.buyers),
            *(cell for name in NAMES for cell in (_text(row.figures.get(name)), _text(row.card.get(name)))),
            _verdict(row),
        ]
        for row in rows
    ]  # fmt: skip
    return simple_table([*columns, ""], body, numeric=(1, 2, 3, 4, 5, 6), caption=caption, stack=True)


_TITLE = "Early predictions that turned out"
_WORDS = html.Span(
    "What live said after so many events, of visits that went on and are over now, beside the model's test "
    "sessions; with 95% intervals. The last 30 days."
)


def _text(figure: Figure | None) -> str:
    if figure is None or figure.value is None:
        return NOTHING
    return f"{decimals(figure.value, 2)} ({decimals(figure.low, 2)} to {decimals(figure.high, 2)})"


def _verdict(row: Judged) -> Component | str:
    """Say whether live does better than guessing, and as the card promises: by intervals that overlap."""
    area = row.figures.get("roc_auc")
    if area and (said := guesses(area, row.buyers, where="here", shown_by="this")):
        words = {"guessing": "no better than guessing", "few": "too few buyers to tell"}
        return badge(words[said[0]], "warning")
    agree = [row.agrees(name) for name in NAMES]
    if None in agree:
        return ""
    if all(agree):
        return badge("as on the card", "success")
    worse = any((row.figures[n].value or 0) < (row.card[n].value or 0) for n in NAMES if not row.agrees(n))
    return badge("worse than the card" if worse else "better than the card", "warning" if worse else "accent")
