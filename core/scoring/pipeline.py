"""Scoring an export, step by step: ingest, features, predict, finish.

Each step reads files, writes files and can be run again from its beginning with the same outcome; a
job runs them one after the other and remembers which are done. ``score_file`` goes the same road
without the store, for the command line.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow.parquet as pq

from core.base.atomic_write import atomic_write
from core.base.errors import CoreError, MappingError
from core.base.progress import Progress, part, silent
from core.base.project import same_project
from core.base.settings import Settings
from core.base.shop import shop_settings
from core.base.written import decimals, number
from core.results.caveats import notes_for, taken_for
from core.scoring.own_file import score_by_own
from core.scoring.own_model import WORK
from core.scoring.own_place import held_out_path, settings_with, settle
from core.scoring.steps import Scored, make_sessions, predict_events, predict_sessions, without_predictions
from core.storage import Dataset, Result, Store, Training

if TYPE_CHECKING:
    from core.bundle.predictor import Predictor
    from core.ingest import IngestReport, Mapping, Recognition
    from core.results.trust import Trust
    from core.schema.events import Told

#: Where each step is on the way from 0 to 1, measured on five million events.
STEP_SHARES = {
    "ingest": (0.0, 0.45),
    "features": (0.45, 0.7),
    "predict": (0.7, 0.97),
    "finish": (0.97, 1.0),
}
#: The same where a model of the shop's own may be trained between, measured on 20,000 sessions.
JOB_SHARES = {
    "ingest": (0.0, 0.08),
    "features": (0.08, 0.15),
    "own_model": (0.15, 0.9),
    "predict": (0.9, 0.97),
    "finish": (0.97, 1.0),
}


def ingest_step(store: Store, job: Result | Training, progress: Progress = silent) -> None:
    """Read the upload into canonical Parquet, unless an earlier job of the dataset has done so."""
    # Here and below, not above: reading and predicting bring libraries that whoever only asks does without.
    from core.ingest import SourceFile, ingest_files
    from core.ingest.base.assumptions import Assumption, worst_first

    dataset = store.dataset(job.dataset_id)
    if dataset.report is not None and _ingested(dataset, dataset.report).exists():
        progress(1.0, "Already read")
        return
    store.ensure_room(dataset.size_bytes)
    work = dataset.folder / f".reading-{job.id}"
    kept = work / "kept"
    # What a process was at that was killed is begun anew; what it had read whole is not.
    for left in work.iterdir() if work.is_dir() else ():
        if left != kept:
            _remove(left)
    work.mkdir(exist_ok=True)
    try:
        report = ingest_files(
            [SourceFile(file.path, file.filename) for file in dataset.files],
            work,
            mapping=dataset.mapping,
            settings=store.settings,
            progress=progress,
            kept=kept,
        )
        is_hidden = store.settings.pseudonymise and not dataset.synthetic
        if is_hidden:
            report = _hide(work, report, store.settings)
        for name in ("events.parquet", "sessions.parquet", "rejected.csv"):
            if (work / name).exists():
                (work / name).replace(dataset.folder / name)
    except CoreError:
        shutil.rmtree(work, ignore_errors=True)
        raise
    shutil.rmtree(work, ignore_errors=True)
    if dataset.recipe is not None:
        as_before = Assumption("info", f"Read as before, by the recipe of “{dataset.recipe}”.")
        report = replace(report, assumptions=worst_first([*report.assumptions, as_before]))
    store.set_report(dataset.id, report)
    if is_hidden and not all(file.is_live_day for file in dataset.files):
        # The original has the ids in clear.
        name = Path(dataset.filename).stem.removesuffix(" cleaned")
        store.replace_files(dataset.id, _ingested(dataset, report), filename=f"{name} cleaned.parquet")


def _hide(work: Path, report: IngestReport, settings: Settings) -> IngestReport:
    """Replace ids in what was read; what was refused, and may name anybody, isn't kept."""
    from core.scoring.hiding import hide_ids

    for name in ("events.parquet", "sessions.parquet"):
        if (work / name).exists():
            hide_ids(work / name, settings)
    (work / "rejected.csv").unlink(missing_ok=True)
    note = "Ids of visitors were replaced by keyed hashes, and the original file by what was read of it."
    return report if note in report.notes else replace(report, notes=(*report.notes, note))


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink()


def features_step(store: Store, job: Result | Training, progress: Progress = silent) -> None:
    """Make session rows from the events, where the export has events."""
    dataset = store.dataset(job.dataset_id)
    report = report_of(dataset)
    if report.kind == "events":
        store.ensure_room(dataset.events_path.stat().st_size)
    make_sessions(dataset.folder, report, features_path(job), settings=store.settings, progress=progress)


def predict_step(store: Store, result: Result, progress: Progress = silent) -> Scored:
    """Predict every session; afterwards the result's file is there."""
    from core.bundle.predictor import Predictor

    dataset = store.dataset(result.dataset_id)
    sessions = dataset.sessions_path if report_of(dataset).kind == "sessions" else features_path(result)
    store.ensure_room(sessions.stat().st_size)
    predictor = Predictor.load(result.bundle, settings_with(result, store.settings))
    if result.basis is not None and result.basis.kind == "none":
        model = Predictor.load(result.basis.example or result.bundle, store.settings)
        if model.predicts_purchase:
            # The demo model's predictions lie beside, for who wants to see an example.
            result.example_path.parent.mkdir(exist_ok=True)
            predict_sessions(sessions, result.example_path, predictor=model, progress=progress)
        if predictor.predicts_purchase:
            return without_predictions(result.example_path, result.path)
    held_out = held_out_path(result)
    return predict_sessions(
        sessions,
        result.path,
        predictor=predictor,
        held_out=pq.read_table(held_out) if held_out.exists() else None,
        progress=progress,
    )


def finish_step(store: Store, result: Result, scored: Scored) -> None:
    """Say what came out and throw away what was only needed on the way."""
    from core.bundle.predictor import Predictor
    from core.results.drift.drift import drift_of
    from core.results.query import knows_payments
    from core.results.scored_sessions import ScoredSessions
    from core.scoring.prewarm import prepare_pages
    from core.scoring.prewarm_results import warm

    dataset = store.dataset(result.dataset_id)
    report = report_of(dataset)
    settings = settings_with(result, store.settings)
    predictor = Predictor.load(result.bundle, settings)
    features_path(result).unlink(missing_ok=True)
    notes = notes_for(
        result.path,
        predictor=predictor,
        currency=report.currency,
        synthetic=dataset.synthetic,
        shown_in=settings.currency,
    )
    unnamed = taken_for(result.path, settings.currency) if report.currency is None else None
    drift_of(result, settings)
    warm(result.path)
    columns = settle(result, dataset, store.settings)
    store.update_result(
        result.id,
        unless_cancelled=True,
        state="done",
        step="done",
        share=1.0,
        message="Done",
        finished_at=datetime.now(UTC),
        n_sessions=scored.n_sessions,
        currency=report.currency or store.settings.currency,
        has_outcomes=scored.n_outcomes > 0,
        has_revenue=scored.n_revenues > 0 and knows_payments(ScoredSessions.of(result.path)),
        # Of the demo model, which isn't asked, nothing needs saying.
        notes=(*filter(None, [unnamed]),)
        if result.basis is not None and result.basis.kind == "none"
        else notes,
        **columns,
    )
    shutil.rmtree(result.folder / WORK, ignore_errors=True)
    # Nobody has to wait for this: the result can be looked at meanwhile.
    prepare_pages(result.id, store.settings)


def run_steps(store: Store, result: Result, progress: Progress = silent) -> None:
    """Run all steps of a result here and now (what a job does one by one)."""
    ingest_step(store, result, part(progress, *STEP_SHARES["ingest"]))
    features_step(store, result, part(progress, *STEP_SHARES["features"]))
    scored = predict_step(store, result, part(progress, *STEP_SHARES["predict"]))
    finish_step(store, result, scored)
    progress(1.0, "Done")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of scoring one export; ``out`` is a text where it may be anywhere.

    ``trust`` says how far to trust the predictions, None where there are none; without ``amounts`` in the
    export no revenue is told.
    """

    out: Path | str
    recognition: Recognition
    report: IngestReport
    scored: Scored
    bundle: str
    currency: str
    notes: tuple[str, ...]
    rejected: Path | None
    trust: Trust | None = None
    amounts: bool = True

    def lines(self) -> list[tuple[str, str]]:
        """Return it as labels and values to print."""
        refused = sum(self.report.rejected.values())
        lines = [
            ("Recognised", self.recognition.title),
            ("Rows", f"{number(self.report.rows_read)} read, {number(refused)} refused"),
            *((f"  {number(count)}", reason) for reason, count in self.report.rejected.items()),
            ("Model", self.bundle),
            ("Sessions", number(self.scored.n_sessions)),
        ]
        if self.scored.n_answered:
            revenue = f"{decimals(self.scored.expected_revenue, 2)} {self.currency}"
            lines += [
                ("Likely buyers", number(self.scored.n_predicted)),
                ("Expected revenue", revenue if self.amounts else "amounts are missing from this file"),
            ]
        if self.scored.n_outcomes:
            lines.append(("Bought", number(self.scored.n_purchased)))
        if self.trust is not None:
            lines.append(("Trust" if self.trust.act else "Don't act", self.trust.words))
        lines += [(made.label, made.text) for made in self.report.assumptions]
        lines += [("Note", note) for note in self.notes]
        if self.rejected:
            lines.append(("Refused rows", str(self.rejected)))
        return [*lines, ("Written", str(self.out))]


def score_file(
    file: Path,
    out: Path,
    *,
    bundle: str | None = None,
    mapping: Mapping | None = None,
    rejected: Path | None = None,
    reasons: bool = False,
    own_model: bool = False,
    settings: Settings | None = None,
    progress: Progress = silent,
) -> Outcome:
    """Score one file into another, without the store.

    Parameters
    ----------
    file
        Any export that can be read.
    out
        Where to write; its ending (.parquet, .csv, .xlsx) says how.
    rejected
        Where to write refused rows; not written if there are none.
    reasons
        Whether to add what each session's probability goes along with most, as nine columns.
    own_model
        Whether to train a model on the file, save it, and score each session by one without its visitor.

    Raises
    ------
    MappingError
        If the file's columns have to be mapped and no mapping is given.
    IngestError, BundleError, StorageError
        If the file, the model or the disk can't be used.
    ExplainError
        If the model has no reasons to give.
    """
    from core.ingest import ingest, inspect
    from core.results.query import has_amounts
    from core.results.scored_sessions import ScoredSessions
    from core.results.trust import trust_of_file

    settings = shop_settings(settings)
    with ThreadPoolExecutor(1, **same_project()) as loader, _workshop(out) as folder:
        # The model libraries take as long to import as a small file takes to read.
        model = loader.submit(_load, bundle, settings)
        recognition = inspect(file)
        if recognition.needs_mapping and mapping is None:
            raise MappingError(
                recognition.question or "what is in this file isn't clear enough to score it unasked.",
                where=file.name,
                remedy=f"Run `python -m core inspect {file.name} --json`, put its “mapping” into a file of "
                "its own, correct it, and pass that file with --mapping.",
            )
        if recognition.kind == "events" and recognition.told is not None:
            loader.submit(_prepare, recognition.told, settings)
        watched = _watching(model, progress)
        report = ingest(
            file, folder, mapping=mapping, settings=settings, progress=part(watched, *STEP_SHARES["ingest"])
        )
        table = folder / "scored.parquet"
        told = part(progress, STEP_SHARES["features"][0], STEP_SHARES["predict"][1])
        if own_model:
            scored, predictor = score_by_own(
                folder, report, table, file=file, settings=settings, progress=told
            )
        else:
            scored, predictor = _predicted(folder, report, table, model, settings, told)
        notes = notes_for(
            table,
            predictor=predictor,
            currency=report.currency,
            synthetic=False,
            shown_in=settings.currency,
        )
        trust, amounts = trust_of_file(table, predictor), has_amounts(ScoredSessions.of(table))
        if reasons:
            from core.explain.columns import write_reasons

            told = part(progress, *STEP_SHARES["finish"])
            write_reasons(table, predictor, currency=report.currency, progress=told)
        _hand_over(table, out, progress)
        refused = _hand_over_refused(folder / "rejected.csv", rejected)
    progress(1.0, "Done")
    return Outcome(
        out=out,
        recognition=recognition,
        report=report,
        scored=scored,
        bundle=predictor.name,
        currency=report.currency or settings.currency,
        notes=notes,
        rejected=refused,
        trust=trust,
        amounts=amounts,
    )


def _load(bundle: str | None, settings: Settings) -> Predictor:
    from core.bundle.predictor import Predictor

    return Predictor.load(bundle, settings)


def _prepare(told: Told, settings: Settings) -> None:
    """Work out the query for session rows while the file is being read: it is kept for when it is needed."""
    from core.features.duck import compiled

    compiled(told, settings.home_market, settings.session_gap_minutes, None)


def _predicted(
    folder: Path,
    report: IngestReport,
    out: Path,
    model: Future[Predictor],
    settings: Settings,
    told: Progress,
) -> tuple[Scored, Predictor]:
    """Predict what an export was read into; events become sessions on the way, without a file of them."""
    predictor = model.result()
    if report.kind == "sessions":
        sessions = folder / "sessions.parquet"
        return predict_sessions(sessions, out, predictor=predictor, progress=told), predictor
    events = folder / "events.parquet"
    scored = predict_events(
        events, out, told=report.told, predictor=predictor, settings=settings, progress=told
    )
    return scored, predictor


def _watching(model: Future[Predictor], progress: Progress) -> Progress:
    """Report progress, and stop as soon as it is known that the model can't be used."""

    def report(share: float, message: str) -> None:
        if model.done():
            model.result()
        progress(share, message)

    return report


@contextmanager
def _workshop(out: Path) -> Iterator[Path]:
    """Yield a folder beside the output, on the same disk, for what is only needed on the way."""
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".scoring-", dir=out.parent) as folder:
        yield Path(folder)


def _hand_over(table: Path, out: Path, progress: Progress) -> None:
    form = out.suffix.lower().removeprefix(".")
    if form == "parquet":
        table.replace(out)
        return
    from core.results.export import write_table

    progress(STEP_SHARES["finish"][0], f"Writing {out.name}")
    write_table(table, out, form)


def _hand_over_refused(rows: Path, rejected: Path | None) -> Path | None:
    if rejected is None or not rows.exists():
        return None
    with atomic_write(rejected) as partial:
        shutil.copyfile(rows, partial)
    return rejected


def report_of(dataset: Dataset) -> IngestReport:
    """Return what reading a dataset has told; MappingError if that was forgotten in the meantime."""
    if dataset.report is None:
        raise MappingError(
            "the file's columns were mapped anew while it was being worked on.",
            where=dataset.filename,
            remedy="Start again.",
        )
    return dataset.report


def _ingested(dataset: Dataset, report: IngestReport) -> Path:
    return dataset.sessions_path if report.kind == "sessions" else dataset.events_path


def features_path(job: Result | Training) -> Path:
    """Return where a job keeps the session rows it has made of events."""
    return job.folder / "features.parquet"
