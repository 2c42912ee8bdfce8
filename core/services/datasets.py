"""What the upload pages do with datasets: list them, open one, try a sample, score one."""

from __future__ import annotations

import json
import secrets
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from core.audiences.repository import keep_before_deleting
from core.base.errors import MappingError
from core.base.settings import Settings, get_settings
from core.base.shop import shop_settings
from core.ingest import recipes
from core.ingest.base.given import read_mapping
from core.ingest.base.model import Kind, Mapping
from core.ingest.columns.asked import Question, open_question
from core.jobs.scoring import submit, submit_new
from core.services.preview import Preview, guess, head_of, meanings, preview
from core.services.samples import Sample, sample_file, samples
from core.storage import Dataset, Result, get_store

__all__ = [
    "Earlier",
    "Listing",
    "Opened",
    "Sample",
    "audiences_of",
    "begin",
    "delete",
    "earlier_of",
    "listing",
    "open_dataset",
    "rename",
    "sample_path",
    "samples",
    "score",
    "take_recipe",
    "try_sample",
]

LISTED = 100
#: Where on the form an open question is answered.
_CHOICES = {
    "dates": "The choice is “In dates like 03/04/2026”, on top or under “Times, money and robots”.",
    "decimals": "The choice is “In amounts like 1.299”, on top, or “Decimal sign” under “Times, money and "
    "robots”.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """Datasets, newest first, and the newest result of each that has one, by the dataset's id."""

    datasets: tuple[Dataset, ...]
    latest: dict[str, Result]

    @property
    def is_busy(self) -> bool:
        """Whether anything in it is still being scored, or taken from a source."""
        taking = any(dataset.is_arriving for dataset in self.datasets)
        return taking or any(not result.is_over for result in self.latest.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """An earlier export of the same bytes: where to see what became of it, and whether that is over."""

    name: str
    href: str
    state: Literal["scoring", "done", "other"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """One dataset with its results, newest first; ``earlier`` is one of the same bytes."""

    dataset: Dataset
    results: tuple[Result, ...]
    earlier: Earlier | None = None

    @property
    def mapping(self) -> Mapping:
        """The mapping in use: the chosen one, else what was recognised or guessed."""
        return self.dataset.mapping or self.dataset.recognition.mapping

    @property
    def time_zone(self) -> str | None:
        """The shop's time zone, where a mapping names none."""
        return shop_settings().time_zone

    @property
    def sources(self) -> dict[str, tuple[str, ...]]:
        """Columns of the file, with examples."""
        return {column.name: column.examples for column in self.dataset.recognition.columns}

    def mapping_as(self, kind: Kind) -> Mapping:
        """Return the mapping in use, or what names suggest if rows were of another kind."""
        return self.mapping if kind == self.mapping.kind else guess(head_of(self.dataset), kind)

    def preview(self, mapping: Mapping) -> Preview:
        """Return the first rows as a mapping reads them; CoreError where it can't, or leaves dates open."""
        if asked := self.question(mapping):
            raise MappingError(asked.text, remedy=_CHOICES[asked.about])
        return preview(head_of(self.dataset), mapping, shop_settings())

    def question(self, mapping: Mapping) -> Question | None:
        """Return what only the shop can say of dates and amounts under a mapping; None if nothing is open."""
        head = head_of(self.dataset)
        if not set(mapping.columns.values()) <= set(head.names):
            return None
        return open_question(head, mapping)

    def is_asked(self, mapping: Mapping) -> bool:
        """Whether what is open under a mapping is what the page of the export asks on top."""
        asked = self.dataset.recognition.question if self.dataset.state == "needs_mapping" else None
        still = self.question(mapping)
        return asked is not None and still is not None and asked == still.text

    def words(self, mapping: Mapping) -> dict[str, str]:
        """Return what the words of a mapping's event column mean."""
        return meanings(head_of(self.dataset), mapping)

    def new_words(self) -> tuple[str, ...]:
        """Return the words for events in the first rows that the mapping in use gives no meaning."""
        return recipes.unknown_words(self.mapping, [head_of(self.dataset)])


def listing() -> Listing:
    """Return the datasets there are."""
    store = get_store()
    latest: dict[str, Result] = {}
    for result in store.results(limit=10 * LISTED):
        latest.setdefault(result.dataset_id, result)
    return Listing(datasets=store.datasets(limit=LISTED), latest=latest)


def open_dataset(dataset_id: str) -> Opened:
    """Return one dataset.

    Raises
    ------
    NotFoundError
        If there is none of that id.
    """
    store = get_store()
    dataset = store.dataset(dataset_id)
    return Opened(dataset=dataset, results=store.results(dataset_id), earlier=earlier_of(dataset))


def earlier_of(dataset: Dataset, settings: Settings | None = None) -> Earlier | None:
    """Return the export of the same bytes that was uploaded before, with its newest result if it has one."""
    store = get_store(settings)
    before = store.uploaded_before(dataset)
    if before is None:
        return None
    latest = next(iter(store.results(before.id)), None)
    if latest is None or latest.state in ("failed", "cancelled"):
        return Earlier(name=before.name, href=f"/upload/{before.id}", state="other")
    state: Literal["scoring", "done"] = "done" if latest.is_over else "scoring"
    return Earlier(name=before.name, href=f"/results/{latest.id}", state=state)


def score(dataset_id: str, mapping: Mapping | None = None) -> str:
    """Queue the scoring of a dataset, with another mapping if one is given; return where to watch it.

    Raises
    ------
    MappingError
        If the mapping is not complete.
    JobError
        If the job can't be queued.
    """
    if mapping is not None:
        _read_as(open_dataset(dataset_id), mapping)
    return f"/results/{submit(dataset_id).id}"


def take_recipe(dataset_id: str, text: bytes) -> None:
    """Read a dataset by a recipe from a file: the JSON of a mapping; nothing is scored yet.

    Raises
    ------
    MappingError
        If the text is no mapping, or one of other columns.
    """
    try:
        mapping = read_mapping(json.loads(text))
    except (ValueError, RecursionError) as error:
        raise MappingError(
            f"The recipe can't be read: {error}.", remedy="Choose a file that was downloaded as a recipe."
        ) from error
    _read_as(open_dataset(dataset_id), mapping)


def _read_as(opened: Opened, mapping: Mapping) -> None:
    """Set a dataset's mapping, and keep it for the next export with the same columns."""
    dataset, found = opened.dataset, opened.dataset.recognition
    mapping.validate(opened.sources)
    # Setting a mapping forgets what was read with the one before.
    if mapping == opened.mapping and dataset.state != "needs_mapping":
        return
    store, columns = get_store(), recipes.fingerprint(found)
    store.set_mapping(dataset.id, mapping)
    if columns is None:
        return
    if mapping == found.mapping and not found.needs_mapping:
        store.forget_recipe(columns)
    else:
        store.keep_recipe(columns, name=dataset.name, mapping=mapping)


def begin(dataset: Dataset, settings: Settings | None = None) -> tuple[str, Result | None]:
    """Have a new dataset scored where that needs no questions; return where to go on, and the result.

    Asked again for the same dataset, it answers the same.
    """
    result = submit_new(dataset, settings=settings)
    return f"/results/{result.id}" if result else f"/upload/{dataset.id}", result


def try_sample(name: str) -> str:
    """Take a sample in as if it had been uploaded; return where to go on."""
    store = get_store()
    made = sample_path(name)
    copy = store.incoming_dir / secrets.token_hex(16)
    sample = next(sample for sample in samples() if sample.name == name)
    try:
        shutil.copyfile(made, copy)
        dataset = store.add_dataset(copy, filename=sample.filename, name=sample.title, synthetic=True)
    finally:
        copy.unlink(missing_ok=True)
    return begin(dataset)[0]


def rename(dataset_id: str, name: str) -> None:
    """Give a dataset another name; NotFoundError if there is none."""
    get_store().rename(dataset_id, name)


def audiences_of(dataset_id: str) -> dict[str, bool]:
    """Return the names of audiences made of a dataset's results, and whether they can do without it.

    They can if it is kept who is in them, which is seen to here.
    """
    return keep_before_deleting(dataset_id)


def delete(dataset_id: str) -> None:
    """Delete a dataset with its results; NotFoundError if there is none. Its audiences stay."""
    audiences_of(dataset_id)
    get_store().delete_dataset(dataset_id)


def sample_path(name: str) -> Path:
    """Return the file of a sample export, made on first use each day.

    Raises
    ------
    NotFoundError
        If there is no such sample.
    """
    return sample_file(name, get_settings().data_dir / "samples")
