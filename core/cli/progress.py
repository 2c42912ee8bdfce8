"""A progress bar that core's ``progress(share, message)`` callbacks can drive."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

Report = Callable[[float, str], None]


@contextmanager
def progress_bar(start: str) -> Iterator[Report]:
    """Show a bar on standard error and yield the callback that moves it (share of 1, what is being done)."""
    # Drawing is imported when something is drawn: every command would wait for it otherwise.
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    bar = Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}%"),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=False,
    )
    with bar:
        task = bar.add_task(start, total=1.0)

        def report(share: float, message: str) -> None:
            bar.update(task, completed=min(max(share, 0.0), 1.0), description=message)

        yield report
        bar.update(task, completed=1.0)


def say(line: str) -> None:
    """Print a line on standard error, so that standard output stays free for data."""
    click.echo(line, err=True)
