"""A report of a result as one file: opens in any browser, prints, and asks the internet for nothing.

It is written section by section, so that the first page is on its way while the last one is still counted. A
content policy in the file itself forbids every request, and every script but the one that prints.
"""

from __future__ import annotations

import base64
import logging
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256

from components.base.format import date, date_time, number
from components.models.labels import learned_from
from components.report.groups import clusters, funnel, places, times
from components.report.markup import Markup, el, joined, raw
from components.report.overview import overview, spread
from components.report.parts import section
from components.report.reasons import why
from components.report.style import SCRIPT, STYLE
from components.report.trust import data, model, reading, right
from components.results.filters import said
from core.base.errors import CoreError
from core.base.settings import ROOT
from core.report import Scene, prepare

FONT = ROOT / "assets" / "fonts" / "inter-latin-wght-normal.woff2"

_log = logging.getLogger(__name__)

Section = Callable[[Scene], Iterator[Markup]]


def report_html(scene: Scene, *, now: datetime | None = None) -> Iterator[str]:
    """Yield a report as a whole HTML document, piece by piece.

    Parameters
    ----------
    now
        When the file is written, as it says of itself.
    """
    title = f"{scene.shop}: sessions report"
    yield "<!doctype html>\n"
    yield f'<html lang="en"><head>{_head(title)}</head><body><main>'
    shown = sections(scene) if scene.view.kpis(scene.filters).n else {}
    if shown:
        prepare(scene)
    yield _header(scene, shown, now or datetime.now(UTC))
    if not shown:
        yield section(
            "nothing", "No sessions", "No session matches these filters: there is nothing to report."
        )
    for name, made in shown.items():
        yield from _whole(name, made, scene)
    yield _footer(scene)
    yield f"</main><script>{SCRIPT}</script></body></html>\n"


def sections(scene: Scene) -> dict[str, Section]:
    """Return the sections this result has something to say in, by their titles."""
    found: dict[str, Section] = {"At a glance": overview}
    if scene.predicts:
        found["How likely they are to buy"] = spread
    found["Kinds of visits"] = clusters
    if scene.predicts:
        found["Why the model says so"] = why
    found["How far sessions came"] = funnel
    found["Where sessions come from"] = places
    if "started_at" in scene.told:
        found["When they come"] = times
    if scene.predicts:
        found["How right the predictions were"] = right
    return found | {
        "What to know about the data": data,
        "The model": model,
        "How to read this report": reading,
    }


def policy() -> str:
    """Return the file's content policy: nothing from anywhere, one style and one script by their hashes."""
    return (
        f"default-src 'none'; style-src {_hash(_style())}; script-src {_hash(SCRIPT)}; font-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _whole(name: str, made: Section, scene: Scene) -> Iterator[str]:
    """Yield a section; what can't be said of it is said in words, and the others follow."""
    try:
        yield from made(scene)
    except CoreError as error:
        _log.warning("The section “%s” of a report could not be made: %s", name, error)
        yield section(
            KEYS[name], name, f"This part could not be made. {error.message} {error.remedy or ''}".strip()
        )


def _head(title: str) -> Markup:
    return joined(
        [
            el("meta", charset="utf-8"),
            el("meta", http_equiv="Content-Security-Policy", content=policy()),
            el("meta", name="viewport", content="width=device-width, initial-scale=1"),
            el("meta", name="color-scheme", content="light dark"),
            el("title", title),
            raw(f"<style>{_style()}</style>"),
        ]
    )


def _header(scene: Scene, shown: dict[str, Section], now: datetime) -> Markup:
    result = scene.result
    return el(
        "header",
        el(
            "div",
            el(
                "div",
                el("p", scene.shop, class_="shop"),
                el(
                    "h1",
                    "Who will buy, and what they are worth"
                    if scene.predicts
                    else "What kinds of visits there are",
                ),
            ),
            el("button", "Print / save as PDF", id="print", type="button"),
            class_="head",
        ),
        el("dl", [(el("dt", name), el("dd", text)) for name, text in _facts(scene, now)], class_="facts"),
        el("p", el("span", "synthetic demo shop: made-up data", class_="mark-synthetic"), class_="lead")
        if result.synthetic
        else None,
        el(
            "nav",
            [el("a", name, href=f"#{KEYS[name]}") for name in shown],
            aria_label="Sections",
        )
        if shown
        else None,
    )


#: Where the sections are to be found in the file.
KEYS = {
    "At a glance": "overview",
    "How likely they are to buy": "spread",
    "Kinds of visits": "clusters",
    "How far sessions came": "funnel",
    "Where sessions come from": "groups",
    "When they come": "times",
    "Why the model says so": "why",
    "How right the predictions were": "right",
    "What to know about the data": "data",
    "The model": "model",
    "How to read this report": "reading",
}


def _facts(scene: Scene, now: datetime) -> list[tuple[str, str]]:
    result, span = scene.result, scene.view.span
    n = scene.view.kpis(scene.filters).n
    found = [("Export", result.dataset_name)]
    if span.first and span.last:
        first, last = date(span.first), date(span.last)
        found.append(("Period", first if first == last else f"{first} to {last} (UTC)"))
    everything = n == span.n and not scene.filters.any
    found.append(("Sessions", number(n) if everything else f"{number(n)} of {number(span.n)}, filtered"))
    words = [text for _, text in said(scene.filters, scene.view.cluster_names, scene.currency)]
    if words:
        found.append(("Filters", "; ".join(words)))
    if scene.currency:
        found.append(("Amounts", f"in {scene.currency}"))
    learned = f", which learned from {learned_from(scene.card)}" if scene.card else ""
    found.append(("Model", f"{result.bundle}{learned}"))
    written = f"Scored on {date_time(result.finished_at)}, " if result.finished_at else ""
    found.append(("Written", f"{written}report of {date_time(now)}" if written else date_time(now)))
    return found


def _footer(scene: Scene) -> Markup:
    return el(
        "footer",
        f"{scene.shop}. Written by the Smart Customer Session Predictor from result {scene.result.id}. ",
        "This file holds no session and no visitor: only sums, averages and, in the map, dots without names.",
    )


@lru_cache(maxsize=1)
def _style() -> str:
    """Return all styles, the typeface among them: on paper and offline it looks the same everywhere."""
    font = base64.b64encode(FONT.read_bytes()).decode()
    return (
        '@font-face { font-family: "Inter Variable"; font-weight: 100 900; '
        f'src: url("data:font/woff2;base64,{font}") format("woff2-variations"); }}{STYLE}'
    )


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(sha256(text.encode()).digest()).decode()}'"
