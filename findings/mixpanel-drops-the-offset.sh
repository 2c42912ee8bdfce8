#!/usr/bin/env bash
# mixpanel 5.4.1 (Python) writes a moment with an offset as the wall clock alone: 02:30+02:00 and 02:30-08:00 leave
# as the same text, ten hours apart, and an export can't tell them apart any more. segment-analytics-python 2.4.0 and
# posthog 7.91.1 keep the offset of the same property. A server on loopback shows what is sent.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check \
  mixpanel==5.4.1 segment-analytics-python==2.4.0 posthog==7.91.1 2>/dev/null
"$work/venv/bin/python" -W ignore - <<'PY'
import gzip, re, sys, threading, urllib.parse
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, HTTPServer
import mixpanel, posthog
import segment.analytics as segment

bodies = []

class Collector(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        body = (gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body).decode()
        bodies.append(urllib.parse.unquote_plus(body) if body.startswith("data=") else body)
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'{"status":1}')

    def log_message(self, *arguments):
        pass

server = HTTPServer(("127.0.0.1", 0), Collector)
threading.Thread(target=server.serve_forever, daemon=True).start()
address = f"http://127.0.0.1:{server.server_port}"
senders = {
    "mixpanel": lambda told: mixpanel.Mixpanel("key", consumer=mixpanel.Consumer(events_url=address)).track("v", "e", told),
    "segment": lambda told: segment.Client("key", host=address, sync_mode=True).track("v", "e", told),
    "posthog": lambda told: posthog.Posthog("key", host=address, sync_mode=True).capture("e", distinct_id="v", properties=told),
}
sent = {}
for name, send in senders.items():
    sent[name] = []
    for hours in (2, -8):
        bodies.clear()
        send({"delivered": datetime(2026, 3, 29, 2, 30, tzinfo=timezone(timedelta(hours=hours)))})
        sent[name].append(re.search(r'"delivered": ?"([^"]+)"', bodies[-1]).group(1))
    print(name, *sent[name])
kept = ["2026-03-29T02:30:00+02:00", "2026-03-29T02:30:00-08:00"]
sys.exit(sent != {"mixpanel": ["2026-03-29T02:30:00"] * 2, "segment": kept, "posthog": kept})
PY
