#!/usr/bin/env bash
# amplitude-analytics 1.3.0 (Python): one property it doesn't take, a Decimal or a tuple of product ids, and the event
# goes out without any property: its order number and currency are gone too, nothing is raised and nothing logged. A
# list in place of the tuple keeps them all. What arrives at a server on loopback is an event with its name alone.
# Seen: list {'order_id': 'A1', 'products': ['p1', 'p2']}; tuple None; decimal None.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check amplitude-analytics==1.3.0 2>/dev/null
"$work/venv/bin/python" -W ignore - 2>"$work/logged" <<'PY' || { cat "$work/logged"; exit 1; }
import json, logging, sys, threading
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, HTTPServer
from amplitude import Amplitude, BaseEvent

logged, events = [], {}

class Kept(logging.Handler):
    def emit(self, record):
        if record.levelno >= logging.WARNING:
            logged.append(record.getMessage())

class Collector(BaseHTTPRequestHandler):
    def do_POST(self):
        for event in json.loads(self.rfile.read(int(self.headers["Content-Length"])))["events"]:
            events[event["event_type"]] = event.get("event_properties")
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'{"code": 200}')

    def log_message(self, *_):
        pass

logging.getLogger().addHandler(Kept())
server = HTTPServer(("127.0.0.1", 0), Collector)
threading.Thread(target=server.serve_forever, daemon=True).start()
client = Amplitude("key")
client.configuration.server_url = f"http://127.0.0.1:{server.server_port}/2/httpapi"
for name, more in (
    ("list", {"products": ["p1", "p2"]}),
    ("tuple", {"products": ("p1", "p2")}),
    ("decimal", {"value": Decimal("39.50")}),
):
    client.track(BaseEvent(event_type=name, user_id="visitor-1", event_properties={"order_id": "A1", **more}))
client.shutdown()
for _ in range(100):
    if len(events) == 3:
        break
    threading.Event().wait(0.1)
for name in ("list", "tuple", "decimal"):
    print(name, events[name])
print("logged", logged)
wanted = {"list": {"order_id": "A1", "products": ["p1", "p2"]}, "tuple": None, "decimal": None}
sys.exit(events != wanted or logged != [])
PY
