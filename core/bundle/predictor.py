"""Predictions for session rows: purchase, revenue and cluster, by models that are only ever read.

Every row is answered by itself: alone, in a batch of millions or through the form, it gets the same
numbers. Load before a fork if you like, but predict only after it (OpenMP doesn't survive one).
"""

from __future__ import annotations

import math
import threading
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from core.base.settings import Settings, get_settings
from core.bundle.encoder import LARGEST, Feature, Matrix, Vector
from core.bundle.models import Models, signed_log
from core.bundle.registry import in_use
from core.bundle.repository import (
    MANIFEST_FILE,
    MODELS_FILE,
    Bundle,
    FeatureNote,
    Manifest,
    check_name,
    load_bundle,
)
from core.schema.own_columns import meaning_of
from core.schema.sessions import FIELD, PREDICTION_SCHEMA

#: Rows that go through the models at once: their matrices stay in the processor's cache.
CHUNK_ROWS = 32_768
#: Heading of columns that only this shop's data has.
OWN_GROUP = "Your own columns"

#: Column that says which sessions still go on: a session so far is another thing than a finished one.
GOING_ON = "going_on"

Flags = npt.NDArray[np.bool_]
_Stamp = tuple[tuple[int, int], ...]
_loaded: dict[tuple[str, str], tuple[_Stamp, Predictor]] = {}
_loading = threading.Lock()


@dataclass(frozen=True, slots=True, kw_only=True)
class FormField:
    """One question of the what-if form: what to call it, its usual range and where it starts.

    ``minimum`` and ``maximum`` are what the training data had (without its most extreme 1%), not
    limits; ``default`` is a typical value; ``choices`` are the known values of a category.
    """

    name: str
    label: str
    help: str
    group: str
    kind: str
    minimum: float | None
    maximum: float | None
    step: float | None
    default: int | float | str | bool | None
    choices: tuple[str | int, ...] | None


class Predictor:
    """A bundle, ready to answer. Get one with ``Predictor.load``."""

    def __init__(self, bundle: Bundle, *, threads: int = 1) -> None:
        self._bundle = bundle
        self._models = bundle.models
        self._threads = threads
        self._neighbourhood: _Neighbourhood | None = None

    @classmethod
    def load(cls, name: str | None = None, settings: Settings | None = None) -> Predictor:
        """Return a bundle's predictor, the one in use without a name; read once a process.

        A bundle that has been replaced on disk is read again.

        Raises
        ------
        BundleError
            If the bundle is missing, damaged, tampered with or too old.
        """
        settings = get_settings(settings)
        name = check_name(name or in_use(settings))
        folder = settings.models_dir / name
        key = (str(folder), name)
        with _loading:
            stamp = _stamp(folder)
            cached = _loaded.get(key)
            if cached is None or cached[0] != stamp or not stamp:
                cached = (stamp, cls(load_bundle(name, settings), threads=settings.threads))
                _loaded[key] = cached
        return cached[1]

    @property
    def name(self) -> str:
        """The bundle's name."""
        return self._bundle.name

    @property
    def models(self) -> Models:
        """The fitted models, for who explains what they answer; only ever read."""
        return self._models

    @property
    def threads(self) -> int:
        """How many threads it may use for many rows."""
        return self._threads

    @property
    def manifest(self) -> Manifest:
        """Everything the bundle says about itself."""
        return self._bundle.manifest

    @property
    def predicts_purchase(self) -> bool:
        """Whether it answers more than which cluster a session belongs to."""
        return self._models.purchase is not None

    @property
    def threshold(self) -> float | None:
        """Probability from which on a session counts as a purchase; None if it knows clusters only."""
        if self._models.purchase is None:
            return None
        # The manifest's: a threshold is set anew without another training.
        told = self.manifest.threshold
        return self._models.purchase.threshold if told is None else told

    @property
    def base_rate(self) -> float | None:
        """Share of the training data's sessions that bought; None if it knows clusters only."""
        return self.manifest.base_rate

    @property
    def currency(self) -> str:
        """ISO code of the amounts the bundle learned from and answers with."""
        return self.manifest.currency

    @property
    def is_synthetic(self) -> bool:
        """Whether it learned from simulated sessions."""
        return self.manifest.synthetic

    @property
    def cluster_names(self) -> tuple[str, ...]:
        """Names of the clusters, by id."""
        return tuple(note.name for note in self.manifest.clusters)

    @property
    def cluster_sentences(self) -> tuple[str, ...]:
        """What sets each cluster apart, by id."""
        return tuple(note.sentence for note in self.manifest.clusters)

    @property
    def reference_path(self) -> Path:
        """Scored sessions of the test slice (Parquet of session rows with predictions)."""
        return self._bundle.reference_path

    def closing(self) -> Mapping[str, Mapping[str, Mapping[str, Any]]]:
        """Return how good it is on the test slice: group -> name -> ``{value, low, high, n, unit}``."""
        return self.manifest.metrics

    def predict(self, table: pa.Table | pa.RecordBatch) -> pa.Table:
        """Predict every session row.

        Columns the bundle doesn't know are ignored; those it misses count as unknown in every row. A
        column ``going_on`` (yes or no) tells sessions that still go on; without it all are finished.

        Returns
        -------
        Table of PREDICTION_SCHEMA, same rows in the same order.

        Raises
        ------
        SchemaError
            If a number or flag column holds something that isn't one.
        """
        if isinstance(table, pa.RecordBatch):
            table = pa.Table.from_batches([table])
        return self._predict(table, self._threads)

    def _predict(self, table: pa.Table, threads: int) -> pa.Table:
        batches = [self._answer(matrix, threads, state) for matrix, state in self.encoded(table)]
        return pa.Table.from_batches(batches, schema=PREDICTION_SCHEMA)

    def encoded(self, table: pa.Table) -> Iterator[tuple[Matrix, Flags | None]]:
        """Yield session rows as the models read them, with which still go on (None: none), in chunks.

        Raises
        ------
        SchemaError
            If a number or flag column holds something that isn't one.
        """
        encoder = self._models.encoder
        wanted = [feature.name for feature in encoder.features if feature.name in set(table.column_names)]
        rows = table.num_rows
        # A table without columns forgets how many rows it has.
        features = table.select(wanted) if wanted else pa.table({"-": pa.nulls(rows)})
        state = _state(table)
        for start in range(0, rows, CHUNK_ROWS):
            matrix = encoder.transform(features.slice(start, CHUNK_ROWS))
            yield matrix, None if state is None else state[start : start + CHUNK_ROWS]

    def encoded_one(self, row: Mapping[str, object]) -> tuple[Matrix, Flags | None]:
        """Return one session as the models read it, and whether it still goes on.

        Raises
        ------
        SchemaError
            If a number or flag is something that isn't one.
        """
        state = np.ones(1, dtype=bool) if row.get(GOING_ON) is True else None
        return self._encode_one(row), state

    def predict_batches(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Yield each batch with its predictions appended; earlier predictions in it are replaced.

        Every thread predicts a batch of its own, a few batches ahead of what has been taken.
        """
        if self._threads == 1:
            yield from map(self._with_predictions, batches)
            return
        ahead: deque[Future[pa.RecordBatch]] = deque()
        with ThreadPoolExecutor(self._threads) as pool:
            try:
                for batch in batches:
                    ahead.append(pool.submit(self._with_predictions, batch))
                    if len(ahead) > 2 * self._threads:
                        yield ahead.popleft().result()
                while ahead:
                    yield ahead.popleft().result()
            finally:
                for waiting in ahead:
                    waiting.cancel()

    def _with_predictions(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        answer = self._predict(pa.Table.from_batches([batch]), 1).combine_chunks()
        kept = [name for name in batch.schema.names if name not in PREDICTION_SCHEMA.names]
        fields = [*(batch.schema.field(name) for name in kept), *PREDICTION_SCHEMA]
        columns = [batch.column(name) for name in kept]
        columns += [_flat(answer[name]) for name in PREDICTION_SCHEMA.names]
        return pa.RecordBatch.from_arrays(columns, schema=pa.schema(fields))

    def predict_one(self, row: Mapping[str, object]) -> dict[str, object]:
        """Predict one session; features that aren't in ``row`` count as unknown.

        Raises
        ------
        SchemaError
            If a number or flag is something that isn't one.
        """
        matrix, state = self.encoded_one(row)
        return dict(self._answer(matrix, 1, state).to_pylist()[0])

    def form_fields(self) -> tuple[FormField, ...]:
        """Return what the what-if form asks for: one field a feature."""
        return tuple(_form_field(note) for note in self.manifest.features)

    def neighbours(self, row: Mapping[str, object], n: int = 20) -> list[dict[str, Any]]:
        """Return the ``n`` sessions of the reference sample most like ``row``, nearest first.

        Each is its session row with outcome and predictions, and ``distance``: in standard
        deviations of the features' logs. Ties go by ``session_id``.
        """
        if self._neighbourhood is None:
            self._neighbourhood = _Neighbourhood(pq.read_table(self.reference_path), self._models.encoder)
        return self._neighbourhood.nearest(self._encode_one(row), n)

    def _answer(self, matrix: Matrix, threads: int, going_on: Flags | None) -> pa.RecordBatch:
        return predictions(
            self._models,
            matrix,
            threads,
            threshold=self.threshold,
            cluster_names=self.cluster_names,
            going_on=going_on,
        )

    def _encode_one(self, row: Mapping[str, object]) -> Matrix:
        features = self._models.encoder.features
        columns = {f.name: _column(row.get(f.name), f) for f in features if f.name in row}
        return self._models.encoder.transform(pa.table(columns or {"-": pa.nulls(1)}))


def predictions(
    models: Models,
    matrix: Matrix,
    threads: int,
    *,
    threshold: float | None = None,
    cluster_names: Sequence[str] | None = None,
    going_on: Flags | None = None,
) -> pa.RecordBatch:
    """Return what the models answer to encoded rows, as PREDICTION_SCHEMA.

    Models of clusters alone leave every column of purchase and revenue null.

    Parameters
    ----------
    threshold, cluster_names
        What the bundle's manifest says, if it says something else than the models.
    going_on
        Which sessions still go on; all are finished if it isn't given.
    """
    points = models.clusters.space(matrix)
    cluster = pa.array(models.clusters.assign(points))
    plane = models.clusters.project(points)
    columns = [
        *_outcomes(models, matrix, threads, threshold, going_on),
        cluster,
        pa.array(cluster_names or models.clusters.names, pa.string()).take(cluster),
        pa.array(plane[:, 0]),
        pa.array(plane[:, 1]),
    ]
    return pa.RecordBatch.from_arrays(columns, schema=PREDICTION_SCHEMA)


def _state(table: pa.Table) -> Flags | None:
    """Return which sessions still go on; None where the table doesn't say, or not by yes and no."""
    if GOING_ON not in table.column_names or not pa.types.is_boolean(table[GOING_ON].type):
        return None
    return np.asarray(pc.fill_null(table[GOING_ON], False).to_numpy(zero_copy_only=False), dtype=bool)


def _outcomes(
    models: Models, matrix: Matrix, threads: int, threshold: float | None, going_on: Flags | None
) -> list[pa.Array]:
    """Return the columns of purchase and revenue."""
    unknown = pa.nulls(len(matrix), pa.float64())
    if models.purchase is None:
        return [unknown, pa.nulls(len(matrix), pa.bool_()), *[unknown] * 5]
    probability = models.purchase.probability(matrix, threads, going_on)
    yes = probability >= (models.purchase.threshold if threshold is None else threshold)
    if models.revenue is None:
        return [pa.array(probability), pa.array(yes), *[unknown] * 5]
    amount, low, high = models.revenue.amounts(matrix, threads, going_on)
    predicted, expected = np.where(yes, amount, 0.0), probability * amount
    return [pa.array(column) for column in (probability, yes, amount, low, high, predicted, expected)]


class _Neighbourhood:
    """The reference sample in a space where sessions alike are near each other."""

    def __init__(self, reference: pa.Table, encoder: Any) -> None:  # noqa: ANN401
        order = np.argsort(np.asarray(reference["session_id"].to_pylist(), dtype=str), kind="stable")
        self._rows = reference.take(pa.array(order))
        values = _logs(encoder.transform(self._rows))
        known = ~np.isnan(values)
        count = np.maximum(known.sum(axis=0), 1)
        self._mean = np.where(known, values, 0.0).sum(axis=0) / count
        spread = np.sqrt((np.where(known, values - self._mean, 0.0) ** 2).sum(axis=0) / count)
        # A category takes several columns, a number one: none of them alone should decide.
        self._weight = np.concatenate(
            [np.full(stop - start, 1.0 / math.sqrt(stop - start)) for _, start, stop in encoder.spans()]
        ) / np.where(spread > 0, spread, 1.0)
        self._points = self._place(values)

    def nearest(self, matrix: Matrix, n: int) -> list[dict[str, Any]]:
        difference = self._points - self._place(_logs(matrix))
        distance = np.sqrt(np.einsum("ij,ij->i", difference, difference))
        best = np.argsort(distance, kind="stable")[:n]
        rows = self._rows.take(pa.array(best)).to_pylist()
        return [row | {"distance": float(distance[index])} for row, index in zip(rows, best, strict=True)]

    def _place(self, values: Vector) -> Vector:
        placed = (values - self._mean) * self._weight
        return np.where(np.isnan(placed), 0.0, placed)


def _logs(matrix: Matrix) -> Vector:
    return signed_log(matrix.astype(np.float64))


def _stamp(folder: Path) -> _Stamp:
    """Return what changes when a bundle on disk does; nothing if it isn't there."""
    try:
        stats = [(folder / file).stat() for file in (MANIFEST_FILE, MODELS_FILE)]
    except OSError:
        return ()
    return tuple((stat.st_mtime_ns, stat.st_ino) for stat in stats)


def _flat(column: pa.ChunkedArray) -> pa.Array:
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()


def _column(value: object, feature: Feature) -> pa.Array:
    """Return one value as the column of one row, in a type the encoder reads."""
    if value is None:
        return pa.nulls(1)
    if isinstance(value, int | float) and not isinstance(value, bool):
        # Python's whole numbers have no end; Arrow's do.
        return pa.array([float(min(max(value, -LARGEST), LARGEST))])
    return pa.array([str(value)]) if feature.kind == "category" else pa.array([value])


def title(name: str) -> str:
    """Return a column's name as a heading; capitals inside it stay, so that it is recognised."""
    words = name.replace("_", " ").strip()
    return words[:1].upper() + words[1:] or name


def _form_field(note: FeatureNote) -> FormField:
    known = FIELD.get(note.name)
    kind = known.kind if known else note.kind
    steps = {"count": 1.0, "seconds": 1.0, "amount": 0.01}
    return FormField(
        name=note.name,
        label=known.label if known else title(note.name),
        # The heading says what it is; what it means, often only the shop knows.
        help=known.help if known else meaning_of(note.name),
        group=known.group if known else OWN_GROUP,
        kind=kind,
        minimum=note.minimum,
        maximum=note.maximum,
        step=steps.get(kind),
        default=note.typical,
        choices=note.choices,
    )
