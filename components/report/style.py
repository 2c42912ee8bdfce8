"""How a report looks: on a screen in light and dark, on a phone, and on paper."""

from __future__ import annotations

from components.base.theme import CLUSTER_COLOURS, MUTED, NEGATIVE, POSITIVE

LESS, MORE = "59, 111, 224", "217, 115, 13"
_FILLS = {
    "accent": "var(--accent)",
    "muted": MUTED,
    "faded": "var(--faded)",
    "positive": POSITIVE,
    "negative": NEGATIVE,
    **{f"c{place}": colour for place, colour in enumerate(CLUSTER_COLOURS)},
}
_COLOURS = "".join(
    f".{name} {{ fill: {colour}; }} .{name}-line {{ stroke: {colour}; }}\n" for name, colour in _FILLS.items()
)
_SHADES = "".join(
    f"td.{name}{step} {{ background: rgba({rgb}, {0.13 * step:.2f}); }}\n"
    for name, rgb in (("less", LESS), ("more", MORE))
    for step in range(1, 6)
)

_LIGHT = """--ink: #1b1d23; --ink-2: #4a505c; --quiet: #5f6672; --line: #e6e8ec; --strong: #d5d9df;
  --canvas: #fafafb; --surface: #fff; --sunk: #f1f2f5; --accent: #5661d9; --accent-ink: #4650c4;
  --faded: #c9cdf3; --warn: #8a5a00; --warn-weak: #fdf6e3; --warn-line: #eeda9f; color-scheme: light;"""
_DARK = """--ink: #e8eaee; --ink-2: #b9bfca; --quiet: #a0a7b4; --line: #272a31; --strong: #3a3f49;
  --canvas: #111316; --surface: #17191d; --sunk: #22252b; --accent: #6a75e8; --accent-ink: #a3abfa;
  --faded: #3b4076; --warn: #e5b454; --warn-weak: #29210f; --warn-line: #544417; color-scheme: dark;"""

STYLE = f"""
:root {{ {_LIGHT} }}
@media screen and (prefers-color-scheme: dark) {{ :root {{ {_DARK} }} }}
{_COLOURS}{_SHADES}"""
STYLE += """
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0; padding: 32px 20px 64px; color: var(--ink); background: var(--canvas);
  font: 14px/1.5 "Inter Variable", system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
  print-color-adjust: exact; -webkit-print-color-adjust: exact; }
main { max-width: 1080px; margin: 0 auto; }
h1, h2, h3, p, dl, dd, figure, ul { margin: 0; }
h1 { font-size: 28px; line-height: 1.2; letter-spacing: -0.015em; overflow-wrap: anywhere; }
h2 { font-size: 19px; line-height: 1.3; letter-spacing: -0.01em; }
h3 { font-size: 14px; line-height: 1.4; }
a { color: var(--accent-ink); }
.quiet { color: var(--quiet); font-size: 13px; }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
.num { text-align: right; }
td.num { white-space: nowrap; }
td.under { padding-top: 0; }
td.under span { position: sticky; left: 8px; display: block; max-width: min(100%, calc(100vw - 78px)); }
tr.with-more td { border-bottom: 0; padding-bottom: 2px; }

header { padding-bottom: 24px; border-bottom: 1px solid var(--strong); }
.shop { margin-bottom: 6px; color: var(--accent-ink); font-weight: 600; overflow-wrap: anywhere; }
.head { display: flex; gap: 24px; align-items: flex-start; justify-content: space-between; }
.facts { display: grid; gap: 2px 20px; margin-top: 14px; grid-template-columns: max-content minmax(0, 1fr); }
.facts dt { color: var(--quiet); }
.facts dd { overflow-wrap: anywhere; }
button { flex: none; height: 34px; padding: 0 14px; font: inherit; font-weight: 500; color: #fff;
  cursor: pointer; background: #5661d9; border: 0; border-radius: 6px; }
button:hover { background: #4650c4; }
button:focus-visible, summary:focus-visible, a:focus-visible { outline: 2px solid var(--accent);
  outline-offset: 2px; }
.mark-synthetic { display: inline-block; padding: 0 7px; font-size: 12px; line-height: 20px;
  color: var(--warn); background: var(--warn-weak); border: 1px solid var(--warn-line); border-radius: 4px; }
nav { margin-top: 20px; columns: 3; column-gap: 24px; font-size: 13px; }
nav a { display: block; padding: 2px 0; text-decoration: none; }

section { margin-top: 44px; }
.lead { max-width: 78ch; margin: 4px 0 0; color: var(--quiet); }
.note { max-width: 90ch; margin-top: 12px; color: var(--quiet); font-size: 13px; }
.warning { margin-top: 20px; padding: 12px 16px; color: var(--warn); background: var(--warn-weak);
  border: 1px solid var(--warn-line); border-radius: 8px; }
.warning p { color: var(--ink); }
.short { max-width: 84ch; margin-top: 14px; padding-left: 20px; font-size: 15px; }
.short li { padding: 2px 0; }
.short li::marker { color: var(--accent); }

.kpis { display: grid; gap: 1px; margin-top: 18px; overflow: hidden; background: var(--surface);
  border: 1px solid var(--line); border-radius: 8px;
  grid-template-columns: repeat(auto-fit, minmax(min(100%, 190px), 1fr)); }
.kpis > div { padding: 14px 16px; box-shadow: 0 0 0 1px var(--line); }
.kpis dt { color: var(--quiet); font-size: 13px; }
.kpis .value { font-size: 23px; font-weight: 600; line-height: 1.35; letter-spacing: -0.01em;
  font-variant-numeric: tabular-nums; }
.kpis .quiet { font-size: 12.5px; }

.grid { display: grid; gap: 16px; margin-top: 16px;
  grid-template-columns: repeat(auto-fit, minmax(min(100%, 420px), 1fr)); }
.box { min-width: 0; margin-top: 16px; padding: 14px 16px; background: var(--surface);
  border: 1px solid var(--line); border-radius: 8px; break-inside: avoid; }
.grid .box { margin-top: 0; }
.drawing { margin-top: 12px; }
.box > .quiet { margin-top: 2px; }

svg { display: block; overflow: visible; }
svg text { fill: var(--quiet); font-size: 11.5px; font-variant-numeric: tabular-nums; }
svg text.marked { fill: var(--ink-2); }
.frame { display: grid; grid-template-columns: 46px minmax(0, 1fr); column-gap: 8px; margin-top: -8px; }
.beneath { padding-top: 8px; }
.plot { position: relative; }
.over { position: absolute; inset: 0; width: 100%; height: 100%; }
.axis-name { margin-bottom: 12px; color: var(--quiet); font-size: 11.5px; }
.axis-name.along { margin-bottom: 0; }
.axis-name.along { margin-left: 54px; text-align: center; }
.grid-line { stroke: var(--line); stroke-width: 1; }
.axis { stroke: var(--strong); stroke-width: 1; }
.mark { stroke: #cf4a26; stroke-width: 1.5; stroke-dasharray: 5 4; }
.dotted { stroke: #8a909c; stroke-width: 1.5; stroke-dasharray: 2 4; }
.curve { fill: none; stroke: var(--accent); stroke-width: 1.25; }
.whisker { fill: none; stroke: #8a909c; stroke-width: 1.25; }
.dots { fill: none; stroke-width: 8; stroke-linecap: round; }
.points { fill: none; stroke-width: 4.5; stroke-linecap: round; stroke-opacity: 0.6; }
.map { overflow: hidden; background: var(--sunk); border-radius: 6px; }
.track { fill: var(--sunk); }
.range { stroke: var(--ink); stroke-width: 1.25; stroke-opacity: 0.65; }
.bars { display: grid; column-gap: 12px;
  grid-template-columns: fit-content(42%) minmax(60px, 1fr) max-content; }
.bar { display: grid; align-items: center; padding: 3px 0; font-size: 13px; grid-column: 1 / -1;
  grid-template-columns: subgrid; }
.bar-name { overflow-wrap: anywhere; line-height: 1.3; }
.bar-value { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.legend { display: flex; flex-wrap: wrap; gap: 4px 16px; margin-top: 10px; font-size: 13px; }
.legend span { display: inline-flex; gap: 6px; align-items: center; }

.scroll { overflow-x: auto; }
table { width: 100%; margin-top: 6px; font-size: 13px; border-collapse: collapse;
  font-variant-numeric: tabular-nums; }
th, td { padding: 6px 8px; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); }
th { color: var(--quiet); font-weight: 500; vertical-align: bottom; }
tbody tr:last-child td { border-bottom: 0; }
td .swatch, .legend .swatch { display: inline-block; }
.heat td { text-align: center; border: 2px solid var(--surface); border-radius: 6px; white-space: nowrap; }
.heat td:first-child { text-align: left; white-space: normal; border-left: 0; }
.heat th { text-align: center; }
.heat th:first-child { text-align: left; }
details { margin-top: 10px; }
summary { width: max-content; color: var(--quiet); font-size: 13px; cursor: pointer; }
.read { margin-top: 12px; columns: 2; column-gap: 32px; }
.read div { padding-bottom: 10px; break-inside: avoid; }
.read dt { font-weight: 600; }
.read dd { color: var(--ink-2); }
.list { max-width: 90ch; margin-top: 8px; padding-left: 20px; }
footer { margin-top: 48px; padding-top: 16px; color: var(--quiet); font-size: 12.5px;
  border-top: 1px solid var(--strong); }

@media (max-width: 640px) {
  body { padding: 20px 14px 40px; }
  h1 { font-size: 23px; }
  .head { flex-direction: column; gap: 14px; }
  nav { columns: 1; }
  .kpis { grid-template-columns: repeat(2, 1fr); }
  .kpis > div { padding: 12px; }
  .read { columns: 1; }
  .facts { gap: 0; grid-template-columns: minmax(0, 1fr); }
  .facts dd { margin-bottom: 6px; }
}

@page { size: A4; margin: 15mm 14mm 17mm; }
@media print {
  body { padding: 0; font-size: 10pt; background: none; }
  main { max-width: none; }
  button, nav, .heading-link { display: none; }
  details:not([open]) { display: none; }
  section { margin-top: 22pt; }
  .new-page { break-before: page; margin-top: 0; }
  h2, h3, .lead { break-after: avoid; }
  .kpis, .bar, tr, .warning { break-inside: avoid; }
  .scroll { overflow: visible; }
  .grid { grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 10pt; }
  .kpis { grid-template-columns: repeat(3, 1fr); }
  .box, .kpis { background: none; }
  a { color: inherit; text-decoration: none; }
  th, td { padding: 3.5pt 4pt; font-size: 8.5pt; }
  .heat td, .heat th { padding: 2.5pt 2pt; font-size: 8pt; }
}
"""

#: All that runs in a report: the button that prints it.
SCRIPT = 'document.getElementById("print").addEventListener("click", () => window.print());'
