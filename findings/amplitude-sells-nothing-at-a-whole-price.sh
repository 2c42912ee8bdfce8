#!/usr/bin/env bash
# amplitude-analytics 1.3.0 (Python): `Revenue(price=40)` is never sent. A price that is a whole number, or a Decimal as
# databases give, isn't a float to it: one line is logged, nothing is raised, and the purchase is missing from the
# export; `price=40.0` arrives. An order of 40 and one of 39.50 are one sale. Seen through a server on loopback.
# Seen: prices that arrived [39.5, 40.0] of 39.5, 40, Decimal("40.00") and 40.0.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check amplitude-analytics==1.3.0 2>/dev/null
"$work/venv/bin/python" -W ignore - <<'PY'
import json, sys, threading
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, HTTPServer
from amplitude import Amplitude, EventOptions, Revenue

events = []

class Collector(BaseHTTPRequestHandler):
    def do_POST(self):
        events.extend(json.loads(self.rfile.read(int(self.headers["Content-Length"])))["events"])
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'{"code": 200}')

    def log_message(self, *_):
        pass

server = HTTPServer(("127.0.0.1", 0), Collector)
threading.Thread(target=server.serve_forever, daemon=True).start()
client = Amplitude("key")
client.configuration.server_url = f"http://127.0.0.1:{server.server_port}/2/httpapi"
for price in (39.5, 40, Decimal("40.00"), 40.0):
    client.revenue(Revenue(price=price, quantity=1, product_id="lamp"), EventOptions(user_id="visitor-1"))
client.shutdown()
for _ in range(100):
    if len(events) >= 2:
        break
    threading.Event().wait(0.1)
threading.Event().wait(1)
arrived = sorted(event["event_properties"]["$price"] for event in events)
print("prices that arrived", arrived)
sys.exit(arrived != [39.5, 40.0])
PY
