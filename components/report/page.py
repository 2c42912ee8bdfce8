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

from markupsafe import Markup

from components.base.format import date, date_time, number
from components.base.theme import CLUSTER_COLOURS, MUTED, NEGATIVE, POSITIVE
from components.models.labels import learned_from
from components.report.groups import clusters, funnel, places, times
from components.report.overview import overview, spread
from components.report.parts import SECTIONS
from components.report.reasons import why
from components.report.trust import data, model, reading, right
from components.results.filters import said
from core.base.errors import CoreError
from core.base.html import render, template
from core.base.settings import ROOT
from core.report import Scene, prepare

FONT = ROOT / "assets" / "fonts" / "inter-latin-wght-normal.woff2"

#: All that runs in a report: the button that prints it.
SCRIPT = Markup('document.getElementById("print").addEventListener("click", () => window.print());')
#: Colours of shapes by their classes.
_FILLS = {
    "accent": "var(--accent)",
    "muted": MUTED,
    "positive": POSITIVE,
    "negative": NEGATIVE,
    **{f"c{place}": colour for place, colour in enumerate(CLUSTER_COLOURS)},
}

_log = logging.getLogger(__name__)

Section = Callable[[Scene], Iterator[Markup]]


def report_html(scene: Scene, *, now: datetime | None = None) -> Iterator[str]:
    """Yield a report as a whole HTML document, piece by piece.

    Parameters
    ----------
    now
        When the file is written, as it says of itself.
    """
    shown = sections(scene) if scene.view.kpis(scene.filters).n else {}
    if shown:
        prepare(scene)
    style = _style()
    yield from template("components/report/templates/page.html").generate(
        shop=scene.shop,
        predicts=scene.predicts,
        synthetic=scene.result.synthetic,
        id=scene.result.id,
        about=_facts(scene, now or datetime.now(UTC)),
        names={KEYS[name]: name for name in shown},
        sections=_written(shown, scene),
        policy=policy(style),
        style=style,
        script=SCRIPT,
    )


def sections(scene: Scene) -> dict[str, Section]:
    """Return the sections this result has something to say in, by their titles."""
    found: dict[str, Section] = {"At a glance": overview}
    if scene.predicts:
        found["How likely they are to buy"] = spread
    found["Kinds of visit"] = clusters
    if scene.predicts:
        found["What drives these predictions"] = why
    found["How far sessions got"] = funnel
    found["Where sessions come from"] = places
    if "started_at" in scene.told:
        found["When they come"] = times
    if scene.predicts:
        found["Accuracy"] = right
    return found | {
        "What to know about the data": data,
        "The model": model,
        "How to read this report": reading,
    }


def policy(style: str) -> str:
    """Return the file's content policy: nothing from anywhere, one style and one script by their hashes."""
    return (
        f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(SCRIPT)}; font-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _written(shown: dict[str, Section], scene: Scene) -> Iterator[Markup]:
    """Yield section after section; what can't be made is said in words, and the others follow."""
    if not shown:
        text = "No sessions match these filters, so there is nothing to report."
        yield SECTIONS.words("nothing", "No sessions", text)
    for name, made in shown.items():
        try:
            yield from made(scene)
        except CoreError as error:
            _log.warning("The section “%s” of a report could not be made: %s", name, error)
            text = f"This part could not be made. {error.message} {error.remedy or ''}".strip()
            yield SECTIONS.words(KEYS[name], name, text)


#: Where the sections are to be found in the file.
KEYS = {
    "At a glance": "overview",
    "How likely they are to buy": "spread",
    "Kinds of visit": "clusters",
    "How far sessions got": "funnel",
    "Where sessions come from": "groups",
    "When they come": "times",
    "What drives these predictions": "why",
    "Accuracy": "right",
    "What to know about the data": "data",
    "The model": "model",
    "How to read this report": "reading",
}


def _facts(scene: Scene, now: datetime) -> list[tuple[str, str]]:
    result, span = scene.result, scene.view.span
    n = scene.view.kpis(scene.filters).n
    found = [("Export", result.dataset_name)]
    if span.first_day and span.last_day:
        first, last = date(span.first_day), date(span.last_day)
        found.append(("Period", first if first == last else f"{first} to {last} ({scene.clock})"))
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


@lru_cache(maxsize=1)
def _style() -> Markup:
    """Return all styles, the typeface among them: on paper and offline it looks the same everywhere."""
    return render(
        "components/report/templates/report.css",
        font=base64.b64encode(FONT.read_bytes()).decode(),
        fills=_FILLS,
        negative=NEGATIVE,
        muted=MUTED,
    )


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(sha256(text.encode()).digest()).decode()}'"
