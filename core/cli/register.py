"""The command that makes sessions scored elsewhere a result of the dashboard."""

from __future__ import annotations

from pathlib import Path

import click

from core.base.written import number
from core.cli.progress import progress_bar, say


@click.command("register")
@click.argument("scored", type=click.Path(exists=True, path_type=Path))
@click.option("--name", required=True, help="What to call it in the dashboard.")
@click.option("--bundle", default=None, help="Model that scored it; what the file says without it.")
@click.option("--currency", default=None, help="Currency of its amounts; what the file says without it.")
def register_command(scored: Path, *, name: str, bundle: str | None, currency: str | None) -> None:
    """Add SCORED, a Parquet file or folder that `score` has written, to the dashboard as a result.

    It is copied and stays where it is.
    """
    from core.base.settings import get_settings
    from core.scoring.registering import register

    with progress_bar(f"Registering {scored.name}") as report:
        result = register(
            scored, name=name, bundle=bundle, currency=currency, settings=get_settings(), progress=report
        )
    say(f"{number(result.n_sessions or 0)} sessions scored by {result.bundle}: {result.dataset_name}")
    click.echo(f"/results/{result.id}")
