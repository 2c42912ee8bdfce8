"""A model card as one file: opens in any browser, prints, and asks the internet for nothing.

The charts are those of the page; the library that draws them stands in the file, once. A content policy
in the file itself forbids every request.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from html import escape

import plotly.offline

from components.base.format import date_time, number
from components.base.theme import TEMPLATE_DARK, TEMPLATE_LIGHT
from components.models.card import blocks
from components.models.card_parts import Block, Chart, Facts, Missing, Part
from components.models.labels import KINDS, kpis, learned_from, measured_on
from components.models.page import BEFORE_THRESHOLD
from components.models.threshold_parts import threshold_block
from core.bundle.model_card import Card

POLICY = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:"

STYLE = """
:root { color-scheme: light; --ink: #1b1d23; --quiet: #5f6672; --line: #e6e8ec; --canvas: #fafafb;
  --surface: #fff; --bad: #b93a18; --bad-weak: #fdf1ed; --mark: #8a5a00; }
@media (prefers-color-scheme: dark) { :root { color-scheme: dark; --ink: #e8eaee; --quiet: #a0a7b4;
  --line: #2b2f37; --canvas: #101216; --surface: #17191d; --bad: #ff9d7f; --bad-weak: #2d1a14;
  --mark: #e5b454; } }
* { box-sizing: border-box; }
body { margin: 0; padding: 24px 16px 48px; color: var(--ink); background: var(--canvas);
  font: 14px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
main { max-width: 1200px; margin: 0 auto; }
h1 { margin: 0; font-size: 22px; overflow-wrap: anywhere; }
h2 { margin: 32px 0 4px; font-size: 17px; }
h3 { margin: 0; font-size: 14px; }
p { margin: 2px 0 8px; max-width: 100ch; }
.quiet { color: var(--quiet); font-size: 13px; }
.mark { padding: 0 6px; font-size: 12px; color: var(--mark); border: 1px solid; border-radius: 4px; }
.bad { padding: 12px 16px; color: var(--bad); background: var(--bad-weak); border: 1px solid;
  border-radius: 8px; margin: 12px 0; }
.bad p { color: var(--ink); }
.box { min-width: 0; padding: 14px 16px; background: var(--surface); border: 1px solid var(--line);
  border-radius: 8px; break-inside: avoid; }
.grid { display: grid; gap: 16px; margin-top: 12px;
  grid-template-columns: repeat(auto-fit, minmax(min(100%, 440px), 1fr)); }
.rows { display: grid; gap: 16px; margin-top: 12px; grid-template-columns: minmax(0, 1fr); }
.kpis { display: grid; gap: 16px; margin: 16px 0 8px;
  grid-template-columns: repeat(auto-fit, minmax(170px, 1fr)); }
.kpis dt, .facts dt { color: var(--quiet); font-size: 13px; }
.kpis dd, .facts dd { margin: 0; overflow-wrap: anywhere; }
.value { font-size: 22px; font-weight: 600; font-variant-numeric: tabular-nums; }
.facts { display: grid; gap: 4px 16px; margin: 6px 0 0; grid-template-columns: max-content minmax(0, 1fr); }
.chart { height: 300px; }
.scroll { overflow-x: auto; }
table { width: 100%; margin-top: 6px; font-size: 13px; border-collapse: collapse;
  font-variant-numeric: tabular-nums; }
th, td { padding: 5px 8px; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); }
th { color: var(--quiet); font-weight: 500; }
.num { text-align: right; white-space: nowrap; }
summary { color: var(--quiet); font-size: 13px; cursor: pointer; }
@media print { body { padding: 0; background: none; } details { display: none; } }
"""

#: Draws every chart with the template of the reader's theme, and again when that changes.
SCRIPT = """
(function () {
  "use strict";
  const told = JSON.parse(document.getElementById("charts").textContent);
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  function draw() {
    const template = dark.matches && !window.matchMedia("print").matches ? told.dark : told.light;
    for (const [key, figure] of Object.entries(told.figures)) {
      const layout = Object.assign({}, figure.layout, { template: template, autosize: true });
      Plotly.react(key, figure.data, layout, { displayModeBar: false, responsive: true,
        showSendToCloud: false });
    }
  }
  draw();
  dark.addEventListener("change", draw);
})();
"""


def card_html(shown: Card, *, now: datetime | None = None) -> str:
    """Return a model card as a whole HTML document.

    Parameters
    ----------
    now
        When the file is written, as it says of itself.
    """
    told = _blocks(shown)
    charts = {part.key: part for block in told for part in block.parts if isinstance(part, Chart)}
    data = {
        "figures": {key: part.figure.to_plotly_json() for key, part in charts.items()},
        "light": TEMPLATE_LIGHT.to_plotly_json(),
        "dark": TEMPLATE_DARK.to_plotly_json(),
    }
    return "".join(
        [
            '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{escape(POLICY)}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>Model card: {escape(shown.name)}</title><style>{STYLE}</style></head><body><main>",
            *_head(shown, now or datetime.now(UTC)),
            *(text for block in told for text in _block(block)),
            *_notes(shown),
            "</main>",
            f'<script type="application/json" id="charts">{_embedded(data)}</script>',
            f"<script>{plotly.offline.get_plotlyjs()}</script>",
            f"<script>{SCRIPT}</script></body></html>\n",
        ]
    )


def _blocks(shown: Card) -> tuple[Block, ...]:
    found: list[Block] = []
    for block in blocks(shown):
        found.append(block)
        if block.key == BEFORE_THRESHOLD:
            found.append(threshold_block(shown))
    return tuple(found)


def _embedded(data: object) -> str:
    """Write data so that nothing in it can end the script it stands in."""
    text = json.dumps(data, ensure_ascii=False, default=lambda part: part.to_plotly_json())
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _head(shown: Card, now: datetime) -> Iterator[str]:
    manifest = shown.manifest
    yield f"<h1>{escape(manifest.name)}</h1><p class='quiet'>"
    if manifest.synthetic:
        yield "<span class='mark'>synthetic demo shop: made-up data</span> "
    yield escape(
        f"Model card: {KINDS[shown.predicts_purchase]}. Learned from {learned_from(shown)}. "
        f"Written {date_time(now)}."
    )
    yield "</p>"
    for alarm in manifest.alarms:
        yield (
            f"<div class='bad'><strong>{escape(str(alarm.get('title', '')))}</strong>"
            f"<p>{escape(str(alarm.get('text', '')))}</p></div>"
        )
    if not shown.predicts_purchase:
        yield (
            "<p>The data this model learned from tells no purchases: it says which kind of visit a session "
            "is, and nothing of who will buy or what they will pay.</p>"
        )
    yield "<dl class='kpis'>"
    for kpi in kpis(shown):
        yield (
            f"<div class='box'><dt>{escape(kpi.label)}</dt><dd class='value'>{escape(kpi.value)}</dd>"
            f"<dd class='quiet'>{escape(kpi.note)}. {escape(kpi.help)}</dd></div>"
        )
    yield f"</dl><p class='quiet'>{escape(measured_on(shown))}</p>"


def _block(block: Block) -> Iterator[str]:
    yield f"<section><h2>{escape(block.title)}</h2>"
    if block.subtitle:
        yield f"<p class='quiet'>{escape(block.subtitle)}</p>"
    for kind, name in ((True, "grid"), (False, "rows")):
        parts = [part for part in block.parts if isinstance(part, Chart) == kind]
        if parts:
            yield f"<div class='{name}'>"
            for part in parts:
                yield from _part(part)
            yield "</div>"
    yield "</section>"


def _part(part: Part) -> Iterator[str]:
    yield f"<div class='box'><h3>{escape(part.title)}</h3>"
    if isinstance(part, Missing):
        yield f"<p class='quiet'>{escape(part.text)}</p>"
    elif isinstance(part, Facts):
        rows = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in part.rows)
        yield f"<dl class='facts'>{rows}</dl>"
    else:
        if part.subtitle:
            yield f"<p class='quiet'>{escape(part.subtitle)}</p>"
        yield from (
            _chart(part) if isinstance(part, Chart) else [_table(part.columns, part.rows, part.numeric)]
        )
    yield "</div>"


def _chart(part: Chart) -> Iterator[str]:
    label = escape(part.title, quote=True)
    yield f'<div class="chart" id="{escape(part.key)}" role="img" aria-label="{label}"></div>'
    said = [text for text in (f"n = {number(part.n)} {part.unit}" if part.n else None, part.note) if text]
    if said:
        yield f"<p class='quiet'>{escape('. '.join(said))}</p>"
    numeric = tuple(range(len(part.columns)))
    yield f"<details><summary>In figures</summary>{_table(part.columns, part.rows, numeric)}</details>"


def _table(columns: Sequence[str], rows: Sequence[Sequence[object]], numeric: Sequence[int] = ()) -> str:
    kinds = [" class='num'" if place in numeric else "" for place in range(len(columns))]

    def row(cells: Sequence[object], mark: str) -> str:
        written = (
            f"<{mark}{kind}>{escape(str(cell))}</{mark}>" for cell, kind in zip(cells, kinds, strict=True)
        )
        return f"<tr>{''.join(written)}</tr>"

    body = "".join(row(cells, "td") for cells in rows)
    return (
        f"<div class='scroll'><table><thead>{row(columns, 'th')}</thead><tbody>{body}</tbody></table></div>"
    )


def _notes(shown: Card) -> Iterator[str]:
    if shown.manifest.notes:
        items = "".join(f"<li>{escape(note)}</li>" for note in shown.manifest.notes)
        yield f"<section><h2>Notes</h2><ul>{items}</ul></section>"
