"""Commands that serve: the dashboard, its job worker, its demo data, its password.

What a command needs is imported within it: ``--help``, and whoever mistypes, waits for none of it.
"""

from __future__ import annotations

import sys
from contextlib import nullcontext

import click

from core.base.progress import silent
from core.cli.progress import progress_bar


@click.command("serve")
def serve() -> None:
    """Serve the dashboard and run its jobs, until interrupted.

    The environment says where: PREDICTOR_HOST and PREDICTOR_PORT (127.0.0.1 and 8050 unless set), and
    PREDICTOR_DATA_DIR, the folder everything is kept in (data).
    """
    from core.base.settings import installation_settings
    from core.cli.supervisor import serve as run

    sys.exit(run(installation_settings()))


@click.command("web")
def web() -> None:
    """Serve the dashboard only: jobs and live events need `work` and `live-work` beside it."""
    from core.base.settings import installation_settings
    from core.cli.supervisor import serve_web

    serve_web(installation_settings())


@click.command("work")
def work() -> None:
    """Run jobs only (``serve`` starts one of these by itself)."""
    from core.base.libraries.lean_imports import without_collecting
    from core.base.logs import set_up_logging
    from core.base.settings import installation_settings

    with without_collecting():
        from core.jobs.worker import run_worker
        from core.privacy import working as privacy
        from core.schedules.workflow import begin

    set_up_logging(installation_settings())
    run_worker(installation_settings(), begin, privacy.begin)


@click.command("demo")
@click.option("--once", is_flag=True, help="Not if it was there before and has been deleted.")
def demo(*, once: bool) -> None:
    """Add the synthetic demo shop, scored, so that no page is empty."""
    from core.base.errors import NotFoundError
    from core.base.project import FIRST, in_project
    from core.base.settings import current_settings, installation_settings
    from core.projects import settings_by_id
    from core.services.demo import ensure_demo

    try:
        settings = current_settings.get() or settings_by_id(FIRST, installation_settings())
    except NotFoundError:
        if once:
            return  # The first project was deleted, and the others are somebody's shops.
        raise
    drawn = settings.log_format == "text"
    shown = progress_bar("Preparing the synthetic demo shop") if drawn else nullcontext(silent)
    with in_project(settings), shown as report:
        ensure_demo(settings, progress=report, again=not once)


@click.command("password")
@click.option("--stdin", is_flag=True, help="Read the password from standard input instead of asking.")
def password(*, stdin: bool) -> None:
    """Set the shared sign-in password, for an installation without accounts (only its hash is kept)."""
    from core.accounts import any_people
    from core.base.settings import installation_settings
    from core.security import set_password

    secret = (
        sys.stdin.readline().rstrip("\n")
        if stdin
        else click.prompt("New password", hide_input=True, confirmation_prompt=True)
    )
    set_password(secret, installation_settings())
    click.echo("Password set.")
    if any_people():
        click.echo("It lets nobody in: there are accounts. See `python -m core people list`.")
