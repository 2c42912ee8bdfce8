"""What the training pages do: tell what can be learned from, start a training, put its model to use."""

from __future__ import annotations

from dataclasses import dataclass

from core.base.errors import CoreError, TrainingError
from core.base.settings import get_settings
from core.bundle import registry
from core.bundle.registry import Promotion
from core.bundle.repository import Manifest, check_name, read_manifest
from core.jobs import training as training_jobs
from core.storage import Dataset, Place, Result, Training, get_store
from core.training.comparison.records import Comparison
from core.training.data import eligibility
from core.training.data.eligibility import Eligibility
from core.training.purchase.options import DEFAULTS, QUICK, TrainingOptions

LISTED = 200
LONGEST_NAME = 80

#: How long the search for settings may go on, by what the page calls it.
THOROUGHNESS: dict[str, TrainingOptions] = {
    "quick": QUICK,
    "normal": DEFAULTS,
    "thorough": TrainingOptions(seconds=900.0, trials=80),
}
#: Seconds on two cores beside the search: starting, and learning from so many sessions.
FIXED_SECONDS = 30.0
SECONDS_PER_SESSION = 0.0012


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A dataset one could train on: its newest result, and the newest of them that is done."""

    dataset: Dataset
    latest: Result | None
    scored: Result | None

    @property
    def is_waiting(self) -> bool:
        """Whether it is being scored for the first time."""
        return self.scored is None and self.latest is not None and not self.latest.is_over


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """One training with what came of it; ``manifest`` is null once its model is gone.

    ``place`` is where it stands in line, if it waits. ``in_use`` is the model exports are scored with now,
    ``earlier`` the one a step back leads to.
    """

    training: Training
    place: Place | None
    comparison: Comparison | None
    manifest: Manifest | None
    in_use: str
    earlier: str | None
    history: tuple[Promotion, ...]

    @property
    def is_used(self) -> bool:
        """Whether exports are scored with its model now."""
        return self.manifest is not None and self.in_use == self.training.bundle


def choices() -> tuple[Choice, ...]:
    """Return the datasets whose columns are known, newest first."""
    store = get_store()
    results: dict[str, list[Result]] = {}
    for result in store.results(limit=10 * LISTED):
        results.setdefault(result.dataset_id, []).append(result)
    return tuple(
        _choice(dataset, results.get(dataset.id, []))
        for dataset in store.datasets(limit=LISTED)
        if dataset.state == "ready"
    )


def choice(dataset_id: str) -> Choice:
    """Return one dataset as a choice.

    Raises
    ------
    NotFoundError
        If there is none of that id.
    TrainingError
        If its columns have to be mapped first.
    """
    store = get_store()
    dataset = store.dataset(dataset_id)
    if dataset.state == "needs_mapping":
        raise TrainingError(
            "This export's columns aren't mapped yet, so a model can't learn from it.",
            where=dataset.name,
            remedy="Open the export and map its columns.",
        )
    return _choice(dataset, list(store.results(dataset_id, limit=LISTED)))


def check(chosen: Choice) -> Eligibility | None:
    """Return what can be learned from a dataset; None while it isn't scored."""
    if chosen.scored is None:
        return None
    return eligibility.check(chosen.scored.path)


def minutes(options: TrainingOptions, sessions: int | None) -> int:
    """Return how many minutes a training takes at most, on two cores that have nothing else to do."""
    seconds = FIXED_SECONDS + options.seconds + SECONDS_PER_SESSION * (sessions or 0)
    return max(1, round(seconds / 60))


def suggest_name(chosen: Choice) -> str:
    """Return a name for the model of a dataset that no other model has."""
    return training_jobs.suggest_name(chosen.dataset, get_settings())


def start(dataset_id: str, *, name: str, options: TrainingOptions, who: str) -> str:
    """Queue a training and return where it can be watched.

    Raises
    ------
    BundleError
        If the name can't be a model's.
    TrainingError
        If it is a model's already, or nobody says who trains.
    """
    training = training_jobs.submit_training(
        dataset_id,
        name=check_name(name.strip()),
        options=options,
        who=who_is(who),
        settings=get_settings(),
    )
    return f"/train/{training.id}"


def recent(limit: int = 20) -> tuple[Training, ...]:
    """Return the latest trainings, newest first."""
    return get_store().trainings(limit=limit)


def look_at(training_id: str) -> Training:
    """Return how far a training is; NotFoundError if there is none of that id."""
    return get_store().training(training_id)


def place_of(training: Training) -> Place | None:
    """Return where a training stands in line; None if it doesn't wait."""
    return training_jobs.place_of(training, get_settings())


def open_training(training_id: str) -> Opened:
    """Return one training; NotFoundError if there is none of that id."""
    settings = get_settings()
    training = get_store(settings).training(training_id)
    comparison = training.comparison
    return Opened(
        training=training,
        place=place_of(training),
        comparison=Comparison.from_dict(comparison) if comparison else None,
        manifest=_manifest(training.bundle) if training.state == "done" else None,
        in_use=registry.in_use(settings),
        earlier=registry.earlier(settings),
        history=registry.history(settings),
    )


def cancel(training_id: str) -> None:
    """Stop a training; nothing of it is kept."""
    training_jobs.cancel_training(training_id, settings=get_settings())


def use(name: str, *, who: str, confirmed: bool) -> None:
    """Score with this model from now on.

    Raises
    ------
    AlarmError
        If something may give the outcome away to it and nobody confirmed that it doesn't.
    """
    registry.promote(name, who=who_is(who), confirmed=confirmed, settings=get_settings())


def go_back(*, who: str) -> None:
    """Score with the model again that was in use before."""
    registry.go_back(who=who_is(who), settings=get_settings())


def in_use() -> str:
    """Return the name of the model exports are scored with."""
    return registry.in_use(get_settings())


def who_is(who: str | None) -> str:
    """Return a person's name, tidied; TrainingError where none is given."""
    name = " ".join((who or "").split())[:LONGEST_NAME]
    if not name:
        raise TrainingError("Your name is missing.", remedy="Enter it; it is saved with what you do here.")
    return name


def _choice(dataset: Dataset, results: list[Result]) -> Choice:
    done = (result for result in results if result.state == "done" and result.path.exists())
    return Choice(dataset=dataset, latest=next(iter(results), None), scored=next(done, None))


def _manifest(name: str) -> Manifest | None:
    try:
        return read_manifest(name)
    except CoreError:
        return None
