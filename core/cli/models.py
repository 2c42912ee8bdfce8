"""Commands about models: train one, say how good it is."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from core.cli.progress import progress_bar, say
from core.progress import Progress, part

if TYPE_CHECKING:
    from core.bundle import Manifest
    from core.ingest import IngestReport

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("train")
@click.argument("file", type=FILE, required=False)
@click.option("--demo", is_flag=True, help="Rebuild the shipped model from the synthetic demo shop.")
@click.option("--name", default=None, help="What to call the model: its folder under the models folder.")
@click.option("--mapping", type=FILE, default=None, help="JSON file saying which column is what.")
@click.option("--seed", type=int, default=0, show_default=True, help="The same seed gives the same model.")
def train(file: Path | None, *, demo: bool, name: str | None, mapping: Path | None, seed: int) -> None:
    """Train a model on FILE, an export that tells purchases, or rebuild the shipped one (--demo)."""
    from core.settings import get_settings

    settings = get_settings()
    if demo == (file is not None):
        raise click.UsageError("Give either a FILE or --demo.")
    if file is None:
        from core.demo_model import train_demo

        if name is not None:
            raise click.UsageError("The demo's model has a name of its own.")
        with progress_bar("Training the demo shop's model") as report:
            bundle = train_demo(settings, report)
    else:
        from core.bundle import check_name
        from core.training import train_bundle

        if name is None:
            raise click.UsageError("Give the model a name: --name my-shop.")
        check_name(name)
        with progress_bar(f"Reading {file.name}") as report, tempfile.TemporaryDirectory() as folder:
            sessions, told = _sessions(file, Path(folder), mapping, part(report, 0.0, 0.3))
            bundle = train_bundle(
                sessions,
                name=name,
                settings=settings,
                source=file.name,
                synthetic=False,
                told=told.told,
                currency=told.currency,
                seed=seed,
                progress=part(report, 0.3, 1.0),
            )
    _print_manifest(bundle.manifest)
    say(f"Saved: {bundle.folder}")


@click.command("evaluate")
@click.argument("file", type=FILE, required=False)
@click.option("--bundle", default=None, help="Model under the models folder; the one in use by default.")
@click.option("--mapping", type=FILE, default=None, help="JSON file saying which column is what.")
@click.option("--json", "as_json", is_flag=True, help="Print every figure as JSON.")
@click.option("--markdown", "as_markdown", is_flag=True, help="Print the table as Markdown.")
def evaluate(
    file: Path | None, *, bundle: str | None, mapping: Path | None, as_json: bool, as_markdown: bool
) -> None:
    """Say how good a model is: on FILE, an export that tells purchases; without, on its own test slice."""
    from core.predict import Predictor
    from core.settings import get_settings
    from core.training.wording import lines, markdown

    predictor = Predictor.load(bundle, get_settings())
    metrics: Any = predictor.closing()
    if file is not None:
        from core.training.evaluation import evaluate_file

        with progress_bar(f"Reading {file.name}") as report, tempfile.TemporaryDirectory() as folder:
            sessions, told = _sessions(file, Path(folder), mapping, part(report, 0.0, 0.7))
            report(0.7, "Comparing predictions with outcomes")
            metrics = evaluate_file(sessions, predictor, currency=told.currency)
    if as_json:
        click.echo(json.dumps(metrics, indent=2))
    elif as_markdown:
        click.echo(markdown(lines(metrics, predictor.cluster_names)))
    else:
        _print_figures(metrics, predictor.manifest, file)


def _sessions(
    file: Path, folder: Path, mapping: Path | None, progress: Progress
) -> tuple[Path, IngestReport]:
    """Read an export into session rows."""
    from core.ingest import Mapping, ingest
    from core.scoring import make_sessions
    from core.settings import get_settings

    told = Mapping.from_dict(json.loads(mapping.read_text(encoding="utf-8"))) if mapping else None
    settings = get_settings()
    report = ingest(file, folder, mapping=told, settings=settings, progress=part(progress, 0.0, 0.6))
    sessions = make_sessions(
        folder,
        report,
        folder / "features.parquet",
        settings=settings,
        progress=part(progress, 0.6, 1.0),
    )
    return sessions, report


def _print_manifest(manifest: Manifest) -> None:
    """Print what a fresh model learned from, which candidates competed, and how good it is."""
    from rich.console import Console
    from rich.markup import escape

    console = Console(highlight=False)
    training, slices = manifest.training, manifest.training["split"]["slices"]
    console.print(
        f"{escape(manifest.name)}: {training['sessions']:,} sessions, {training['buyers']:,} buyers; "
        f"split by {training['split']['method']}: "
        + ", ".join(f"{name} {told['sessions']:,}" for name, told in slices.items())
    )
    for candidate in manifest.purchase["candidates"]:
        area, chosen = candidate["pr_auc"], " (chosen)" if candidate["chosen"] else ""
        console.print(
            f"  {candidate['name']}: PR-AUC {area['value']:.3f} "
            f"({area['low']:.3f} to {area['high']:.3f}) on validation{chosen}"
        )
    _print_figures(manifest.metrics, manifest, None)


def _print_figures(metrics: Any, manifest: Manifest, file: Path | None) -> None:  # noqa: ANN401
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from core.training.wording import lines

    console = Console(highlight=False)
    table = Table(title=f"{manifest.name} on {file.name if file else 'its test slice'}")
    for title, justify in (("", "left"), ("figure", "left"), ("value", "right")):
        table.add_column(title, justify=justify)  # type: ignore[arg-type]
    table.add_column("95% interval", justify="right")
    table.add_column("n", justify="right")
    for line in lines(metrics, [note.name for note in manifest.clusters]):
        table.add_row(line.group, escape(line.label), line.value, line.interval, line.n)
    console.print(table)
    if file is None:
        for number, note in enumerate(manifest.clusters):
            console.print(f"  {number} {escape(note.name)}: {escape(note.sentence)}")
        for sentence in manifest.notes:
            console.print(f"  {escape(sentence)}")
