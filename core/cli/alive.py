"""Whether a process of this installation is alive: for containers, whose health checks are commands."""

from __future__ import annotations

import sys

import click


@click.command("alive")
@click.option("--worker", is_flag=True, help="The job worker, not the web server.")
def alive(*, worker: bool) -> None:
    """Exit with 0 if the web server of this machine answers, else with 1."""
    from core.base.settings import installation_settings

    settings = installation_settings()
    if worker:
        from core.jobs.heartbeat import SILENT_SECONDS, seconds_since_heartbeat

        seconds = seconds_since_heartbeat(settings)
        is_alive = seconds is not None and seconds <= SILENT_SECONDS
    else:
        from core.monitoring.web_server import web_server_answers

        is_alive = web_server_answers(settings)
    click.echo("alive" if is_alive else "no sign of life")
    sys.exit(not is_alive)
