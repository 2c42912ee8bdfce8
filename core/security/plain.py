"""Pages that stand alone, without Dash: sign-in, errors, the list of routes."""

from __future__ import annotations

from html import escape

TITLE = "Smart Customer Session Predictor"

_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>{title} · {product}</title>
<link rel="icon" href="data:,">
<style>
:root {{ color-scheme: light dark; --page: #fafafb; --card: #ffffff; --text: #1b1d23; --muted: #5f6672;
  --line: #d5d9df; --accent: #5661d9; --link: #4650c4; --on-accent: #fff; --bad: #b93a18; }}
@media (prefers-color-scheme: dark) {{ :root {{ --page: #111316; --card: #17191d; --text: #e8eaee;
  --muted: #a0a7b4; --line: #3a3f49; --accent: #6a75e8; --link: #a3abfa; --bad: #f28b68; }} }}
* {{ box-sizing: border-box; }}
body {{ margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 16px;
  background: var(--page); color: var(--text);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }}
main {{ width: 100%; max-width: {width}; padding: 32px; background: var(--card);
  border: 1px solid var(--line); border-radius: 10px; overflow-wrap: anywhere; }}
h1 {{ margin: 0 0 4px; font-size: 20px; line-height: 1.3; }}
h2 {{ margin: 24px 0 8px; font-size: 15px; }}
p {{ margin: 0 0 16px; color: var(--muted); }}
p.bad {{ color: var(--bad); }}
label {{ display: block; margin-bottom: 4px; font-weight: 600; }}
input {{ width: 100%; margin-bottom: 16px; padding: 9px 11px; font: inherit; color: inherit;
  background: var(--page); border: 1px solid var(--line); border-radius: 6px; }}
button, a.button {{ display: inline-block; padding: 9px 16px; font: inherit; font-weight: 600; border: 0;
  border-radius: 6px; background: var(--accent); color: var(--on-accent);
  cursor: pointer; text-decoration: none; }}
form button {{ width: 100%; }}
:focus-visible {{ outline: 2px solid var(--accent); outline-offset: 2px; }}
a {{ color: var(--link); }}
table {{ width: 100%; border-collapse: collapse; }}
td {{ padding: 8px 12px 8px 0; border-top: 1px solid var(--line); vertical-align: top; }}
code {{ font-size: 13px; }}
</style>
</head>
<body><main>{body}</main></body>
</html>
"""


def plain_page(*, title: str, body: str, width: str = "400px") -> str:
    """Return a whole HTML page; ``body`` is HTML, its variable parts already escaped."""
    return _PAGE.format(title=escape(title), product=TITLE, body=body, width=width)


def message_page(*, title: str, text: str) -> str:
    """Return a page that says one thing and leads back to the dashboard."""
    back = '<a class="button" href="/">Go to the start page</a>'
    return plain_page(title=title, body=f"<h1>{escape(title)}</h1><p>{escape(text)}</p>{back}", width="480px")
