"""How the dashboard is served: gunicorn's own ASGI workers, settings from the environment."""

from __future__ import annotations

import asyncio
import gc
import os
import shutil
import sys
import tempfile
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from core.base.logs import logging_config
from core.base.settings import installation_settings
from core.cli.preload import preload

if TYPE_CHECKING:
    from gunicorn.arbiter import Arbiter
    from gunicorn.workers.base import Worker

# Until the first fork: to look for garbage among what is loaded, all of which stays, takes a fifth of that.
gc.disable()

_settings = installation_settings()
_shared_memory = Path("/dev/shm")  # noqa: S108 - only the heartbeat file lives there

wsgi_app = "app:server"
worker_class = "asgi"
workers = _settings.web_workers
bind = f"{f'[{_settings.host}]' if ':' in _settings.host else _settings.host}:{_settings.port}"
proc_name = "session-predictor"

# Imported once, for all workers: each shares what it never writes to. Nothing stays open and no thread runs
# before a fork (``when_ready``); databases are opened by process.
preload_app = True
# A worker that can't warm up doesn't take requests.
asgi_lifespan = "on"
# The control socket would open a file under the home directory.
control_socket_disable = True
# The heartbeat file must not wait for a disk that is busy with an upload.
worker_tmp_dir = str(_shared_memory) if _shared_memory.is_dir() else None

timeout = 120
# Open pages keep a socket; only uploads are worth waiting for, and no longer than the supervisor does.
graceful_timeout = 8
keepalive = 15
loglevel = _settings.log_level
logconfig_dict = logging_config(_settings)
errorlog = "-"
accesslog = None

# Workers count requests in files they share (``core.monitoring.requests``), in memory where there is a file
# system for that. The configuration is read again at a reload, which keeps what was counted.
_COUNTED = "PROMETHEUS_MULTIPROC_DIR"
if _COUNTED not in os.environ:
    os.environ[_COUNTED] = tempfile.mkdtemp(prefix="predictor-metrics-", dir=worker_tmp_dir)


def on_starting(server: Arbiter) -> None:
    """Begin to count anew: Prometheus knows a counter that begins again from nothing."""
    folder = Path(os.environ[_COUNTED])
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for path in folder.glob("*.db"):
        path.unlink(missing_ok=True)


def pre_fork(server: Arbiter, worker: Worker) -> None:
    """Look for garbage from now on, here and in workers."""
    gc.enable()


def child_exit(server: Arbiter, worker: Worker) -> None:
    """Keep what a worker that has ended counted, and let go of what only a living one has."""
    from prometheus_client.multiprocess import mark_process_dead

    mark_process_dead(worker.pid)


def on_exit(server: Arbiter) -> None:
    """Leave nothing behind."""
    if Path(os.environ[_COUNTED]).name.startswith("predictor-metrics-"):
        shutil.rmtree(os.environ[_COUNTED], ignore_errors=True)


def when_ready(server: Arbiter) -> None:
    """Load what the first pages need, once for all workers that are forked next."""
    # What the first journey needs takes a second to import.
    import_module("ibis")
    _answer_first_requests(server)
    preload(_settings)


def _answer_first_requests(server: Arbiter) -> None:
    """Have Dash and FastAPI set up all they do at a first request: in each worker it would be 20 MB."""
    from core.api.warmup import warm_up

    try:
        asyncio.run(warm_up(import_module("app").server))
    except Exception:
        server.log.exception("The first requests could not be answered.")
        on_exit(server)
        sys.exit(server.WORKER_BOOT_ERROR)
