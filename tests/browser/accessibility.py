"""axe-core in a page: what of it somebody can't see, reach or make out."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

from tests.serving import ROOT

if TYPE_CHECKING:
    from playwright.sync_api import Page

AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
#: WCAG 2.2 AA, and what axe-core counts as good practice: landmarks, order of headings, heads of tables.
EVERYTHING = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
#: What another theme can change.
COLOURS = ("color-contrast", "link-in-text-block")
#: Violations that stay, as ``(rule, start of the selector)``, each with its reason.
KNOWN: tuple[tuple[str, str], ...] = (
    # Several choices are named one by one; the commas between them are a style's, and axe-core sees one word.
    ("label-content-name-mismatch", "#whatif-may-change"),
    ("label-content-name-mismatch", "#results-columns"),
)

#: Drawings of charts are told by the name and the table of their card; axe-core would walk through thousands
#: of marks to find nothing, and a page of charts would draw all of them anew at another width.
_WITHOUT_DRAWINGS = """() => {
    if (window.Plotly) window.Plotly.Plots.resize = () => Promise.resolve();
    document.querySelectorAll('.main-svg').forEach(drawing => drawing.replaceChildren());
}"""
_RUN = """only => axe.run(
    {exclude: [['.main-svg']]},
    {runOnly: only, resultTypes: ['violations'], elementRef: false},
).then(found => found.violations.flatMap(violation => violation.nodes.map(
    node => [violation.id, node.target.flat().join(' '), node.html.slice(0, 160), node.failureSummary],
)))"""


WIDE, NARROW = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
#: The theme by its attribute alone: axe-core judges no drawings, and to draw all charts anew takes long.
_PAINT = """theme => new Promise(done => {
    document.documentElement.dataset.bsTheme = theme;
    requestAnimationFrame(() => requestAnimationFrame(() => {
        document.getAnimations().forEach(change => change.effect.getComputedTiming().iterations === 1
            && change.finish());
        requestAnimationFrame(done);
    }));
})"""


def troubles_of(page: Page) -> list[str]:
    """Return what is wrong with a page as it is open, in both themes and at both widths.

    Its drawings are taken away.
    """
    found: dict[str, str] = {}
    for size, first, second in ((WIDE, "light", "dark"), (NARROW, "dark", "light")):
        page.set_viewport_size(size)
        for theme in (first, second):
            page.evaluate(_PAINT, theme)
            for trouble in violations(page, colours_only=theme == "dark"):
                found.setdefault(trouble, f"{size['width']} px, {theme}: {trouble}")
    return list(found.values())


def violations(page: Page, *, colours_only: bool = False) -> Iterator[str]:
    """Yield what axe-core finds in a page as it is now, but what is known."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(_script())
        page.evaluate(_WITHOUT_DRAWINGS)
    only = (
        {"type": "rule", "values": list(COLOURS)}
        if colours_only
        else {"type": "tag", "values": list(EVERYTHING)}
    )
    for rule, target, html, summary in page.evaluate(_RUN, only):
        if not any(rule == known and target.startswith(start) for known, start in KNOWN):
            yield f"{rule}: {target}\n  {html}\n  {' '.join(summary.split())}"


@cache
def _script() -> str:
    assert AXE.exists(), "axe-core is not installed: npm ci"
    return AXE.read_text(encoding="utf-8")
