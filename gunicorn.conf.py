"""How the dashboard is served: gunicorn's own ASGI workers, settings from the environment."""

from __future__ import annotations

from pathlib import Path

from core.base.settings import get_settings

_settings = get_settings()
_shared_memory = Path("/dev/shm")  # noqa: S108 - only the heartbeat file lives there

wsgi_app = "app:server"
worker_class = "asgi"
workers = _settings.web_workers
bind = f"{f'[{_settings.host}]' if ':' in _settings.host else _settings.host}:{_settings.port}"
proc_name = "session-predictor"

# Each worker imports the application itself: OpenMP and database handles don't survive a fork.
preload_app = False
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
loglevel = "warning"
errorlog = "-"
accesslog = None
