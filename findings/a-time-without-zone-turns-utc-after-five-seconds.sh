#!/usr/bin/env bash
# A time without a zone (datetime.now() out of a queue, a database, a backfill) is taken as local if it is less than
# five seconds old, else as UTC, by segment-analytics-python 2.4.0, rudder-sdk-python 2.1.9 and posthog 7.91.1 alike.
# West of Greenwich two events a minute apart leave five hours and a minute apart (at UTC-5): one visit becomes two.
# Seen through a server on loopback: 301 minutes, three times.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check \
  segment-analytics-python==2.4.0 rudder-sdk-python==2.1.9 posthog==7.91.1 2>/dev/null
TZ=EST5 "$work/venv/bin/python" -W ignore - <<'PY'
import gzip, re, sys, threading
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
import posthog
import rudderstack.analytics.client as rudder
import segment.analytics as segment

bodies = []

class Collector(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        bodies.append((gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body).decode())
        self.send_response(200)
        self.end_headers()

    def log_message(self, *arguments):
        pass

server = HTTPServer(("127.0.0.1", 0), Collector)
threading.Thread(target=server.serve_forever, daemon=True).start()
address = f"http://127.0.0.1:{server.server_port}"
senders = {
    "segment": lambda at: segment.Client("key", host=address, sync_mode=True).track("v", "view", timestamp=at),
    "rudder": lambda at: rudder.Client("key", host=address, sync_mode=True).track("v", "view", timestamp=at),
    "posthog": lambda at: posthog.Posthog("key", host=address, sync_mode=True).capture("view", distinct_id="v", timestamp=at),
}
apart = {}
for name, send in senders.items():
    told = []
    for seconds in (60, 0):
        bodies.clear()
        send(datetime.now() - timedelta(seconds=seconds))
        at = re.search(r'"(?:originalTimestamp|timestamp)": ?"([^"]+)"', bodies[-1]).group(1)
        told.append(datetime.fromisoformat(at))
    apart[name] = round((told[1] - told[0]).total_seconds() / 60)
    print(f"{name}: one minute between them, {apart[name]} minutes between what is sent")
sys.exit(set(apart.values()) != {301})
PY
