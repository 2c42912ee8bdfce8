"""Commands about data: look at a file, score it, make a synthetic one."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from core.base.written import counted, number
from core.cli.progress import progress_bar, say
from core.cli.spark import Engine, chosen_engine, engine_options, local_file

if TYPE_CHECKING:
    from core.ingest import Mapping
    from core.scoring.pipeline import Outcome

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
OUT = click.Path(dir_okay=False, path_type=Path)


@click.command("inspect")
@click.argument("file", type=FILE)
@click.option("--json", "as_json", is_flag=True, help="Print everything found as JSON.")
@click.option("--rows", is_flag=True, help="Also read the whole file and count what would be refused.")
@click.option(
    "--mapping", type=FILE, default=None, help="JSON file that maps the columns: a recipe. Implies --rows."
)
def inspect_command(file: Path, *, as_json: bool, rows: bool, mapping: Path | None) -> None:
    """Say what FILE is recognised as, how its columns map, and what would be refused."""
    from core.cli.inspecting import print_recognition, read_whole
    from core.ingest import inspect

    recognition = inspect(file, mapping=_mapping(mapping))
    # What a mapping rests on shows only once all rows were read with it.
    whole = (rows or mapping is not None) and not recognition.needs_mapping
    report = read_whole(file, recognition) if whole else None
    if as_json:
        found = {"recognition": recognition.to_dict(), "report": report.to_dict() if report else None}
        click.echo(json.dumps(found, indent=2, default=str))
    else:
        print_recognition(recognition, report)


@click.command("score")
@click.argument("file")
@click.argument("folder", required=False, metavar="[OUT]")
@click.option("-o", "--out", help="Where to write: .parquet, .csv or .xlsx; with spark a folder.")
@click.option(
    "--bundle", default=None, help="Model bundle under the models folder; the one in use by default."
)
@click.option(
    "--own-model",
    is_flag=True,
    help="Train a model on FILE, save it, and score each session by one that hasn't seen its visitor.",
)
@click.option("--mapping", type=FILE, default=None, help="JSON file that maps the columns: a recipe.")
@click.option("--rejected", type=OUT, default=None, help="Where to write the rows that were refused (CSV).")
@click.option("--reasons", is_flag=True, help="Add each prediction's strongest reasons, as columns.")
@engine_options
def score(
    file: str,
    *,
    folder: str | None,
    out: str | None,
    bundle: str | None,
    own_model: bool,
    mapping: Path | None,
    rejected: Path | None,
    reasons: bool,
    **engine: Any,  # noqa: ANN401 (what engine_options takes)
) -> None:
    """Predict purchase, revenue and cluster for every session of FILE, and write them to OUT.

    On Spark, FILE may also be a folder, a pattern, a URL Spark reads, or table:NAME.
    """
    on = chosen_engine(engine)
    if (out is None) == (folder is None):
        raise click.UsageError("Say once where to write: OUT or --out.")
    target = out or folder or ""
    told = _mapping(mapping)
    if own_model and bundle is not None:
        raise click.UsageError("Either --own-model or --bundle.")
    if on.is_spark:
        if own_model:
            raise click.UsageError("--own-model needs the engine duckdb.")
        if rejected is not None:
            raise click.UsageError("--rejected needs the engine duckdb: Spark only counts refused rows.")
        if reasons:
            raise click.UsageError("--reasons needs the engine duckdb.")
        _score_on_spark(file, target, on, bundle, told)
    else:
        _score(local_file(file), Path(target), bundle, told, rejected, reasons=reasons, own_model=own_model)


def _score(
    file: Path,
    out: Path,
    bundle: str | None,
    mapping: Mapping | None,
    rejected: Path | None,
    *,
    reasons: bool,
    own_model: bool,
) -> None:
    from core.base.libraries.lean_imports import arrow_without_pandas, without_collecting
    from core.base.settings import get_settings

    with without_collecting():
        from core.scoring.pipeline import score_file

    arrow_without_pandas()
    if out.suffix.lower() not in {".parquet", ".csv", ".xlsx"}:
        raise click.BadParameter("use a name that ends in .parquet, .csv or .xlsx", param_hint="--out")
    with progress_bar(f"Scoring {file.name}") as report:
        outcome = score_file(
            file,
            out,
            bundle=bundle,
            mapping=mapping,
            rejected=rejected,
            reasons=reasons,
            own_model=own_model,
            settings=get_settings(),
            progress=report,
        )
    _say_lines(outcome)


def _score_on_spark(
    source: str, out: str, engine: Engine, bundle: str | None, mapping: Mapping | None
) -> None:
    from core.base.settings import get_settings
    from core.engines.spark import score_on_spark

    with progress_bar("Starting Spark") as report:
        outcome = score_on_spark(
            source,
            out,
            master=engine.master,
            conf=engine.conf,
            bundle=bundle,
            mapping=mapping,
            settings=get_settings(),
            progress=report,
        )
    _say_lines(outcome)


def _say_lines(outcome: Outcome) -> None:
    for label, value in outcome.lines():
        say(f"{label:<18} {value}")


def _mapping(path: Path | None) -> Mapping | None:
    from core.ingest import read_mapping

    return read_mapping(_read_json(path)) if path else None


def _read_json(path: Path) -> Any:  # noqa: ANN401 - whatever is in the file
    from core.base.errors import MappingError

    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise MappingError(
            f"not JSON: {error}.", where=path.name, remedy="Start from what `inspect --json` prints."
        ) from error


@click.command("simulate")
@click.option("-o", "--out", type=OUT, required=True, help="Where to write: .parquet, .csv or .csv.gz.")
@click.option("--sessions", type=click.IntRange(min=1), default=20_000, show_default=True)
@click.option("--seed", type=int, default=7, show_default=True)
@click.option("--start", type=click.DateTime(["%Y-%m-%d"]), default="2026-01-01", show_default=True)
@click.option("--days", type=click.IntRange(min=1), default=60, show_default=True, help="Days it covers.")
def simulate(out: Path, *, sessions: int, seed: int, start: datetime, days: int) -> None:
    """Write an event log of the synthetic demo shop."""
    from core.simulate import write_events

    with progress_bar("Simulating the synthetic demo shop") as report:
        n_events = write_events(out, n_sessions=sessions, seed=seed, start=start, days=days, progress=report)
    say(f"{number(n_events)} events of the synthetic demo shop in {counted(sessions, 'session')}: {out}")
