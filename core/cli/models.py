"""Commands about models: train one, say how good it is."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

import click

from core.base.progress import Progress, part
from core.base.written import counted, decimals, number
from core.cli.progress import progress_bar, say
from core.cli.spark import Engine, chosen_engine, engine_options, local_file

if TYPE_CHECKING:
    from core.base.settings import Settings
    from core.bundle.repository import Bundle, Manifest
    from core.ingest import IngestReport, Mapping
    from core.training.data.snapshots import Cut
    from core.training.purchase.options import TrainingOptions

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


def _train_options(function: Callable[..., None]) -> Callable[..., None]:
    """Add what can be chosen about a training of one's own."""
    for option in reversed(
        (
            click.option("--seed", type=int, default=0, show_default=True, help="Same seed, same result."),
            click.option("--seconds", type=float, help="Time the search for settings may take."),
            click.option("--trials", type=int, help="Settings the search tries at most; 0 searches nothing."),
            click.option("--clusters", type=int, help="Number of clusters; best fit without it."),
            click.option("--cluster-names", help="Names of the clusters, largest first: 'one,two,…'."),
            click.option("--previous", help="Model whose clusters keep their names where found again."),
            click.option(
                "--threshold-rule",
                type=click.Choice(["f1", "money"]),
                help="How the cut-off is chosen: best F1, or most profit.",
            ),
            click.option("--value-of-buyer", type=float, help="With money: what a buyer is worth."),
            click.option("--cost-of-contact", type=float, help="With money: what a contact costs."),
            click.option("--whole-sessions-only", is_flag=True, help="Don't learn from sessions cut short."),
        )
    ):
        function = option(function)
    return function


@click.command("train")
@click.argument("file", required=False)
@click.option("--demo", is_flag=True, help="Rebuild the shipped model from the synthetic demo shop.")
@click.option("--name", default=None, help="What to call the model: its folder under the models folder.")
@click.option("--mapping", type=FILE, default=None, help="JSON file that maps the columns.")
@_train_options
@engine_options
def train(
    file: str | None,
    *,
    demo: bool,
    name: str | None,
    mapping: Path | None,
    seed: int,
    **choices: Any,  # noqa: ANN401 (what _options takes)
) -> None:
    """Train a model on FILE, an export of your shop, or rebuild the shipped one (--demo).

    An export that tells purchases gives a model of purchases, revenue and clusters; another one of
    clusters only.
    """
    from core.base.settings import get_settings

    settings, engine = get_settings(), chosen_engine(choices)
    if demo == (file is not None):
        raise click.UsageError("Give either a FILE or --demo.")
    if file is None:
        from core.services.demo_model import train_demo

        if name is not None or seed or any(choices.values()) or engine.is_spark:
            raise click.UsageError("The demo's model has a name and settings of its own.")
        with progress_bar("Training the demo shop's model") as report:
            bundle = train_demo(settings, report)
    else:
        if name is None:
            raise click.UsageError("Give the model a name: --name my-shop.")
        bundle = _train_on(file, name, mapping, seed, _options(**choices), settings, engine)
    _print_manifest(bundle.manifest)
    say(f"Saved: {bundle.folder}")


def _train_on(
    file: str,
    name: str,
    mapping: Path | None,
    seed: int,
    options: TrainingOptions,
    settings: Settings,
    engine: Engine,
) -> Bundle:
    from core.bundle.repository import check_name
    from core.training.train import train

    check_name(name)
    make = _rows_by_spark(engine) if engine.is_spark else _rows_here
    with (
        progress_bar(f"Reading {file}") as report,
        tempfile.TemporaryDirectory() as folder,
        make(file, Path(folder), mapping, settings, part(report, 0.0, 0.3)) as (sessions, events, told),
    ):
        return train(
            sessions,
            name=name,
            settings=settings,
            source=PurePath(file).name,
            synthetic=False,
            events=events,
            told=told.told,
            currency=told.currency,
            seed=seed,
            options=options,
            progress=part(report, 0.3, 1.0),
        ).bundle


@contextmanager
def _rows_here(
    file: str, folder: Path, mapping: Path | None, settings: Settings, progress: Progress
) -> Iterator[tuple[Path, Path | None, IngestReport]]:
    """Yield session rows, events if there are any, and what reading them has told."""
    sessions, report = _sessions(local_file(file), folder, mapping, progress)
    yield sessions, None if report.kind == "sessions" else folder / "events.parquet", report


def _rows_by_spark(engine: Engine) -> Callable[..., AbstractContextManager[tuple[Path, Cut, IngestReport]]]:
    from core.engines.training import training_rows

    @contextmanager
    def make(
        file: str, folder: Path, mapping: Path | None, settings: Settings, progress: Progress
    ) -> Iterator[tuple[Path, Cut, IngestReport]]:
        with training_rows(
            file,
            folder,
            settings=settings,
            master=engine.master,
            conf=engine.conf,
            mapping=_mapping(mapping),
            progress=progress,
        ) as rows:
            yield rows.sessions, rows.cut, rows.report

    return make


def _options(
    *,
    seconds: float | None = None,
    trials: int | None = None,
    clusters: int | None = None,
    cluster_names: str | None = None,
    previous: str | None = None,
    threshold_rule: str | None = None,
    value_of_buyer: float | None = None,
    cost_of_contact: float | None = None,
    whole_sessions_only: bool = False,
) -> TrainingOptions:
    """Return the choices of a training.

    Raises
    ------
    UsageError
        If amounts and rule don't fit each other.
    """
    from core.base.errors import CoreError
    from core.bundle.threshold import ThresholdRule
    from core.training.purchase.options import TrainingOptions

    if threshold_rule != "money" and (value_of_buyer is not None or cost_of_contact is not None):
        raise click.UsageError("Amounts need --threshold-rule money.")
    told: dict[str, Any] = {
        "seconds": seconds,
        "trials": trials,
        "clusters": clusters,
        "previous": previous,
        "snapshots": not whole_sessions_only,
    }
    if cluster_names is not None:
        told["cluster_names"] = tuple(name.strip() for name in cluster_names.split(","))
    if threshold_rule == "money":
        rule = ThresholdRule(kind="money", value_of_buyer=value_of_buyer, cost_of_contact=cost_of_contact)
        try:
            told["threshold_rule"] = rule.validate()
        except CoreError as error:
            raise click.UsageError(str(error)) from error
    return TrainingOptions(**{key: value for key, value in told.items() if value is not None})


@click.command("evaluate")
@click.argument("file", type=FILE, required=False)
@click.option("--bundle", default=None, help="Model under the models folder; the one in use by default.")
@click.option("--mapping", type=FILE, default=None, help="JSON file that maps the columns.")
@click.option("--early", is_flag=True, help="How good it is after 1, 2, 3, 5, 10, 15 events, and at the end.")
@click.option("--cv", type=int, default=None, help="Train and test on so many folds of FILE instead.")
@click.option("--repeats", type=int, default=1, show_default=True, help="With --cv: how often to repeat.")
@click.option("--trials", type=int, default=None, help="With --cv: settings the search tries at most.")
@click.option("--seconds", type=float, default=None, help="With --cv: time the search may take.")
@click.option("--nested", is_flag=True, help="With --cv: search settings for each fold, not once.")
@click.option("--json", "as_json", is_flag=True, help="Print every figure as JSON.")
@click.option("--markdown", "as_markdown", is_flag=True, help="Print the table as Markdown.")
def evaluate(
    file: Path | None,
    *,
    bundle: str | None,
    mapping: Path | None,
    early: bool,
    cv: int | None,
    repeats: int,
    trials: int | None,
    seconds: float | None,
    nested: bool,
    as_json: bool,
    as_markdown: bool,
) -> None:
    """Say how good a model is: on FILE, an export that tells purchases; without, on its own test slice.

    With --cv, how good a model trained on FILE is: each fold is predicted by one that hasn't seen it.
    """
    if cv is not None:
        if file is None or bundle is not None or early:
            raise click.UsageError("--cv trains on a FILE; it takes no --bundle and no --early.")
        options = _options(trials=trials, seconds=seconds)
        _cross_validate(file, mapping, cv, repeats, options, nested=nested, as_json=as_json)
        return
    if early:
        if file is not None:
            raise click.UsageError("--early is of a model's own test slice: leave FILE away.")
        _print_early(bundle, as_json=as_json, as_markdown=as_markdown)
        return
    _evaluate(file, bundle, mapping, as_json=as_json, as_markdown=as_markdown)


def _evaluate(
    file: Path | None, bundle: str | None, mapping: Path | None, *, as_json: bool, as_markdown: bool
) -> None:
    from core.base.settings import get_settings
    from core.bundle.predictor import Predictor
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


def _cross_validate(
    file: Path,
    mapping: Path | None,
    folds: int,
    repeats: int,
    options: TrainingOptions,
    *,
    nested: bool,
    as_json: bool,
) -> None:
    from core.training.cross_validation import cross_validate

    with progress_bar(f"Reading {file.name}") as report, tempfile.TemporaryDirectory() as folder:
        sessions, _ = _sessions(file, Path(folder), mapping, part(report, 0.0, 0.05))
        told = cross_validate(
            sessions,
            folds=folds,
            repeats=repeats,
            options=options,
            nested=nested,
            progress=part(report, 0.05, 1.0),
        )
    if as_json:
        click.echo(json.dumps(told.to_dict(), indent=2))
        return
    click.echo(
        f"{file.name}: {counted(told.sessions, 'session')}, {number(told.buyers)} buyers; {folds} folds, "
        f"{repeats} times; "
        f"settings searched {told.searched}"
    )
    for label, mean, spread in told.lines():
        click.echo(f"  {label:<28}{mean:>8}  {spread} between folds")
    click.echo("  Chosen: " + ", ".join(f"{kind} {n} times" for kind, n in told.kinds.items()))


def _print_early(bundle: str | None, *, as_json: bool, as_markdown: bool) -> None:
    from core.base.settings import get_settings
    from core.bundle.predictor import Predictor
    from core.training.early import markdown_early

    manifest = Predictor.load(bundle, get_settings()).manifest
    if as_json:
        click.echo(json.dumps(manifest.early, indent=2))
    elif not manifest.early:
        say(f"{manifest.name} was trained without events, so its early accuracy isn't known.")
    else:
        table = markdown_early(manifest.early)
        # Columns line up on a screen; Markdown is for pasting.
        click.echo(table if as_markdown else table.replace("|---", "|").replace("|", " "))


def _sessions(
    file: Path, folder: Path, mapping: Path | None, progress: Progress
) -> tuple[Path, IngestReport]:
    """Read an export into session rows."""
    from core.base.settings import get_settings
    from core.ingest import ingest
    from core.scoring.steps import make_sessions

    settings = get_settings()
    report = ingest(
        file, folder, mapping=_mapping(mapping), settings=settings, progress=part(progress, 0.0, 0.6)
    )
    sessions = make_sessions(
        folder,
        report,
        folder / "features.parquet",
        settings=settings,
        progress=part(progress, 0.6, 1.0),
    )
    return sessions, report


def _mapping(path: Path | None) -> Mapping | None:
    from core.ingest import read_mapping

    return read_mapping(json.loads(path.read_text(encoding="utf-8"))) if path else None


def _print_manifest(manifest: Manifest) -> None:
    """Print what a fresh model learned from, which candidates competed, and how good it is."""
    from rich.console import Console
    from rich.markup import escape

    console = Console(highlight=False)
    training, slices = manifest.training, manifest.training["split"]["slices"]
    console.print(
        f"{escape(manifest.name)}: {counted(training['sessions'], 'session')}, "
        f"{number(training['buyers'] or 0)} buyers; "
        f"split by {training['split']['method']}: "
        + ", ".join(f"{name} {number(told['sessions'])}" for name, told in slices.items())
    )
    judged_on = (manifest.purchase or {}).get("judged_on", "validation")
    for candidate in (manifest.purchase or {}).get("candidates", ()):
        area, chosen = candidate["pr_auc"], " (chosen)" if candidate["chosen"] else ""
        console.print(
            f"  {candidate['name']}: PR-AUC {decimals(area['value'], 3)} "
            f"({decimals(area['low'], 3)} to {decimals(area['high'], 3)}) on {judged_on}{chosen}"
        )
    _print_figures(manifest.metrics, manifest, None)
    for alarm in manifest.alarms:
        console.print(f"[bold red]{escape(alarm['title'])}.[/] {escape(alarm['text'])}")


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
