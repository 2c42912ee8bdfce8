"""Commands that serve: the dashboard, its job worker, its demo data, its password.

What a command needs is imported within it: ``--help``, and whoever mistypes, waits for none of it.
"""

from __future__ import annotations

import sys

import click

from core.cli.progress import progress_bar


@click.command("serve")
def serve() -> None:
    """Serve the dashboard and run its jobs, until interrupted."""
    from core.base.settings import get_settings
    from core.cli.supervisor import serve as run

    sys.exit(run(get_settings()))


@click.command("work")
def work() -> None:
    """Run jobs only (``serve`` starts one of these by itself)."""
    from core.base.settings import get_settings
    from core.jobs.worker import run_worker
    from core.schedules.workflow import begin

    run_worker(get_settings(), begin)


@click.command("demo")
@click.option("--once", is_flag=True, help="Not if it was there before and has been deleted.")
def demo(*, once: bool) -> None:
    """Add the synthetic demo shop, scored, so that no page is empty."""
    from core.base.settings import get_settings
    from core.services.demo import ensure_demo

    with progress_bar("Preparing the synthetic demo shop") as report:
        ensure_demo(get_settings(), progress=report, again=not once)


@click.command("password")
@click.option("--stdin", is_flag=True, help="Read the password from standard input instead of asking.")
def password(*, stdin: bool) -> None:
    """Set the shared sign-in password (only its argon2 hash is kept)."""
    from core.base.settings import get_settings
    from core.security import set_password

    secret = (
        sys.stdin.readline().rstrip("\n")
        if stdin
        else click.prompt("New password", hide_input=True, confirmation_prompt=True)
    )
    set_password(secret, get_settings())
    click.echo("Password set. Restart the server to use it.")
