#!/usr/bin/env bash
# A missing price out of pandas or NumPy is NaN. segment-analytics-python 2.4.0 and rudder-sdk-python 2.1.9 write it
# as the bare word NaN, which is no JSON: a strict reader refuses the whole body, with every other event of the
# batch. posthog 7.91.1 sends null for the same property. Seen through a server on loopback.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check \
  segment-analytics-python==2.4.0 rudder-sdk-python==2.1.9 posthog==7.91.1 2>/dev/null
"$work/venv/bin/python" -W ignore - <<'PY'
import gzip, json, sys, threading
from http.server import BaseHTTPRequestHandler, HTTPServer
import posthog
import rudderstack.analytics.client as rudder
import segment.analytics as segment

bodies = []

class Collector(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        bodies.append(gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body)
        self.send_response(200)
        self.end_headers()

    def log_message(self, *arguments):
        pass

def strict(body):
    """Read JSON as its standard has it: NaN is no number."""
    def refuse(word):
        raise ValueError(word)
    try:
        json.loads(body, parse_constant=refuse)
        return "read"
    except ValueError as error:
        return f"refused at {error}"

server = HTTPServer(("127.0.0.1", 0), Collector)
threading.Thread(target=server.serve_forever, daemon=True).start()
address = f"http://127.0.0.1:{server.server_port}"
told = {"price": float("nan")}
senders = {
    "segment": lambda: segment.Client("key", host=address, sync_mode=True).track("v", "view", told),
    "rudder": lambda: rudder.Client("key", host=address, sync_mode=True).track("v", "view", told),
    "posthog": lambda: posthog.Posthog("key", host=address, sync_mode=True).capture("view", distinct_id="v", properties=told),
}
seen = {}
for name, send in senders.items():
    bodies.clear()
    send()
    seen[name] = strict(bodies[-1])
    print(name, seen[name])
sys.exit(seen != {"segment": "refused at NaN", "rudder": "refused at NaN", "posthog": "read"})
PY
