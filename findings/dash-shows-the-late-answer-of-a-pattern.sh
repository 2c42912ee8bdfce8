#!/usr/bin/env bash
# Two questions to one callback, of which the first is answered last. Dash 4.4.1 lets the first answer go, as a later
# one was asked for: the page shows the second. With one more output, for a pattern of places (ALL), it shows the first,
# and keeps it: the callback has more places than outputs, is thus taken for one whose places have changed, and is put
# back among those that are waited for right after it was taken out. Needs a Chromium at /usr/bin/chromium.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check dash==4.4.1 playwright==1.65.2 2>/dev/null
"$work/venv/bin/python" - <<'PY'
import logging, sys, threading
from contextlib import suppress
from dash import ALL, Dash, Input, Output, dcc, html
from playwright.sync_api import TimeoutError, sync_playwright
from werkzeug.serving import make_server

logging.getLogger("werkzeug").setLevel(logging.ERROR)
first_may_go = threading.Event()

def page(*, pattern):
    app = Dash(__name__)
    places = [html.Div(id={"type": "place", "n": n}) for n in (1, 2)]
    app.layout = html.Div([dcc.Input(id="typed", value="", debounce=False), html.Div(id="said"), *places])
    more = [Output({"type": "place", "n": ALL}, "children")] if pattern else []

    @app.callback(Output("said", "children"), *more, Input("typed", "value"), prevent_initial_call=True)
    def answer(typed):
        if typed == "1":
            first_may_go.wait(60)
        return (typed, ["", ""]) if pattern else typed

    return app

def shown(app):
    first_may_go.clear()
    server = make_server("127.0.0.1", 0, app.server, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        tab = browser.new_page()
        tab.goto(f"http://127.0.0.1:{server.server_port}")
        with tab.expect_request("**/_dash-update-component*"):
            tab.locator("#typed").press_sequentially("1")
        tab.locator("#typed").press_sequentially("2")
        tab.get_by_text("12", exact=True).wait_for()
        first_may_go.set()
        with suppress(TimeoutError):
            tab.get_by_text("1", exact=True).wait_for(timeout=10_000)
        said = tab.locator("#said").inner_text()
        browser.close()
    server.shutdown()
    return said

seen = {"one place": shown(page(pattern=False)), "and a pattern": shown(page(pattern=True))}
for name, said in seen.items():
    print(f"asked for 1, then for 12; {name:13}: the page says {said}")
sys.exit(seen != {"one place": "12", "and a pattern": "1"})
PY
