"""Options of commands that can run on Spark."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

SPARK = "spark"


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """Which engine a command runs on, and where that is."""

    is_spark: bool
    master: str | None
    conf: dict[str, str]


def engine_options(function: Callable[..., None]) -> Callable[..., None]:
    """Add ``--engine``, ``--master`` and ``--conf``."""
    for option in (
        click.option("--conf", multiple=True, metavar="NAME=VALUE", help="With spark: a setting of Spark's."),
        click.option("--master", help="With spark: where it runs, such as local[4] or spark://host:7077."),
        click.option(
            "--engine",
            type=click.Choice(["duckdb", SPARK]),
            default="duckdb",
            show_default=True,
            help="What makes the sessions: this machine alone, or Spark (see docs/spark.md).",
        ),
    ):
        function = option(function)
    return function


def chosen_engine(told: dict[str, Any]) -> Engine:
    """Return what the options say, taken out of a command's other ones.

    Raises
    ------
    UsageError
        If something is said about Spark without choosing it, or a setting has no value.
    """
    engine, master, conf = told.pop("engine"), told.pop("master"), told.pop("conf")
    if engine != SPARK and (master or conf):
        raise click.UsageError("--master and --conf need --engine spark.")
    pairs = [setting.partition("=") for setting in conf]
    if wrong := next((name for name, sign, _ in pairs if not (name and sign)), None):
        raise click.BadParameter(f"use NAME=VALUE, not {wrong}", param_hint="--conf")
    return Engine(is_spark=engine == SPARK, master=master, conf={name: value for name, _, value in pairs})


def local_file(name: str) -> Path:
    """Return a file's path, for the engine that only reads files of this machine."""
    path = Path(name)
    if not path.is_file():
        raise click.BadParameter(f"File {name!r} does not exist.", param_hint="FILE")
    return path
