"""Serves the dashboard: starts gunicorn and the job worker, keeps them running, stops them together.

A thin supervisor, of which all others are forks: on Linux it imports what they share, and does nothing with
it. The demo shop is prepared by a process of its own first, so that no page is empty on the first visit.
"""

from __future__ import annotations

import errno
import gc
import logging
import os
import signal
import socket
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from typing import NoReturn

from rich.console import Console
from rich.markup import escape
from rich.text import Text

from core.base.data_folder import check_data_folder
from core.base.errors import SettingsError
from core.base.logs import set_up_logging
from core.base.processes import IS_LINUX, Child, stop_all
from core.base.settings import ROOT, Settings
from core.cli.preload import preload

POLL_SECONDS = 0.2
WEB_SERVER = "web server"
#: gunicorn exits with these where it or a worker can't load the application, or a worker can't start.
GUNICORN_BOOT_ERRORS = frozenset({1, 3, 4})
#: What serves pages, after the Python interpreter.
WEB = ["-m", "gunicorn", "--config", str(ROOT / "gunicorn.conf.py")]

_console = Console(stderr=True, highlight=False)
_log = logging.getLogger(__name__)


def serve(settings: Settings) -> int:
    """Serve until interrupted and return the exit code.

    Raises
    ------
    SettingsError
        If the server may not listen where it is told to, or can't.
    """
    check_settings(settings)
    set_up_logging(settings)
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    demo = Child("demo shop", ["-m", "core", "demo", "--once"])
    children = [
        Child(WEB_SERVER, WEB),
        Child("job worker", ["-m", "core", "work"]),
        Child("live worker", ["-m", "core", "live-work"]),
    ]
    if IS_LINUX:
        preload(settings)
    try:
        _prepare(demo, settings, stopping)
        return _supervise(children, settings, stopping)
    finally:
        stop_all([demo, *children])
        # What is still frozen at the end looks to DuckDB's binding like a leak, and it would say so.
        gc.unfreeze()


def serve_web(settings: Settings) -> NoReturn:
    """Become the web server alone: where something else keeps processes running, each by itself.

    Raises
    ------
    SettingsError
        If the server may not listen where it is told to, or can't.
    """
    check_settings(settings)
    os.chdir(ROOT)
    os.execv(sys.executable, [sys.executable, *WEB])  # noqa: S606 - our own command


def check_settings(settings: Settings) -> None:
    """Refuse to start on a data folder that can't be used, open to others, or where the port is taken.

    Raises
    ------
    SettingsError
        Saying which, and what to do.
    """
    check_data_folder(settings.data_dir)
    if not settings.is_local and not _somebody_signs_in(settings):
        raise SettingsError(
            f"{settings.host} can be reached from other machines, and nobody has to sign in.",
            where="PREDICTOR_HOST",
            remedy="Run `python -m core people add` first, or listen on 127.0.0.1.",
        )
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            raise _cannot_listen(settings, error) from error


def _somebody_signs_in(settings: Settings) -> bool:
    # Here: the database's library is 12 MB that whoever serves this machine alone does without.
    from core.accounts import any_people
    from core.security import has_password

    return any_people(settings) or has_password(settings)


def url(settings: Settings) -> str:
    """Return the address to open in a browser."""
    host = {"0.0.0.0": "localhost", "::": "localhost"}.get(settings.host, settings.host)  # noqa: S104
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.port}"


def _cannot_listen(settings: Settings, error: OSError) -> SettingsError:
    if error.errno == errno.EADDRINUSE:
        return SettingsError(
            f"port {settings.port} is in use by another program.",
            where="PREDICTOR_PORT",
            remedy=f"Stop that one, or choose another port: PREDICTOR_PORT={settings.port + 1}.",
        )
    return SettingsError(
        f"can't listen on {settings.host}:{settings.port}: {error.strerror or error}.",
        where="PREDICTOR_HOST",
        remedy="Use an address of this machine and a port above 1023.",
    )


def _prepare(demo: Child, settings: Settings, stopping: threading.Event) -> None:
    """Add the demo shop. Without it the server is of use all the same."""
    demo.start()
    while demo.code() is None and not stopping.is_set():
        stopping.wait(POLL_SECONDS)
    if demo.code() and not stopping.is_set():
        _say(settings, "[yellow]The demo shop could not be prepared; its pages stay empty.[/]")


def _say(settings: Settings, message: str) -> None:
    """Tell whoever has started it how it goes: in the terminal, or where its log is collected."""
    if settings.log_format == "json":
        _log.warning(Text.from_markup(message).plain)
    else:
        _console.print(message)


def _supervise(children: Sequence[Child], settings: Settings, stopping: threading.Event) -> int:
    """Keep the children running until asked to stop and return the exit code."""
    if not stopping.is_set():
        for child in children:
            child.start()
    announced, address = False, url(settings)
    while not stopping.is_set():
        if not announced and _answers(address):
            announced = True
            _say(settings, f"[bold green]Ready[/] on [bold]{escape(address)}[/]  (Ctrl+C stops it)")
        for child in children:
            code = child.code()
            if code is None and child.process is None and time.monotonic() >= child.due:
                child.start()
            elif code is not None:
                if child.name == WEB_SERVER and code in GUNICORN_BOOT_ERRORS and not announced:
                    _say(settings, f"[bold red]The {child.name} could not start.[/] The reason is above.")
                    return 1
                child.died()
                _say(
                    settings, f"[yellow]The {child.name} stopped unasked (code {code}): starting it again.[/]"
                )
        stopping.wait(POLL_SECONDS)
    return 0


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/healthz", timeout=1) as answer:  # noqa: S310 - our own address
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
