from __future__ import annotations

import json
import multiprocessing
import os
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from core.base.errors import AlarmError, BundleError, RegistryError
from core.base.settings import Settings
from core.bundle import registry
from core.bundle.predictor import Predictor
from core.bundle.repository import Bundle
from core.services.overview import model_in_use
from tests.core.bundles import ALARM, good_bundle, variant


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    folder = tmp_path_factory.mktemp("made")
    return good_bundle(Settings(models_dir=folder / "models", data_dir=folder / "data"), "base")


@pytest.fixture
def settings(tmp_path: Path, made: Bundle) -> Settings:
    settings = Settings(models_dir=tmp_path / "models", data_dir=tmp_path / "data", bundle="base")
    for name in ("base", "spring", "summer"):
        variant(made, name, settings)
    variant(made, "leaky", settings, alarms=(ALARM,))
    return settings


def test_without_a_change_the_settings_model_is_in_use(settings: Settings) -> None:
    assert registry.in_use(settings) == "base"
    assert registry.history(settings) == ()
    assert registry.earlier(settings) is None
    with pytest.raises(RegistryError, match="no earlier model"):
        registry.go_back(who="Ann", settings=settings)


def test_a_promotion_is_recorded_and_everything_uses_it(settings: Settings) -> None:
    before = datetime.now(UTC)
    done = registry.promote("spring", who="  Ann \n Bee ", note="more buyers", settings=settings)
    assert (done.bundle, done.previous, done.who, done.note) == ("spring", "base", "Ann Bee", "more buyers")
    assert before - timedelta(seconds=1) < done.at <= datetime.now(UTC)
    assert registry.in_use(settings) == "spring"
    assert Predictor.load(None, settings).name == "spring"
    assert model_in_use(settings).name == "spring"
    assert registry.history(settings) == (done,)


def test_promoting_twice_is_one_change(settings: Settings) -> None:
    first = registry.promote("spring", who="Ann", settings=settings)
    assert registry.promote("spring", who="Bob", settings=settings) == first
    assert len(registry.history(settings)) == 1


def test_going_back_walks_the_way_that_was_come(settings: Settings) -> None:
    registry.promote("spring", who="Ann", settings=settings)
    registry.promote("summer", who="Ann", settings=settings)
    assert registry.earlier(settings) == "spring"
    back = registry.go_back(who="Bob", settings=settings)
    assert (back.bundle, back.previous, back.who, back.back) == ("spring", "summer", "Bob", True)
    assert registry.go_back(who="Bob", settings=settings).bundle == "base"
    assert registry.earlier(settings) is None
    registry.promote("summer", who="Ann", settings=settings)
    assert registry.earlier(settings) == "base"
    assert [change.bundle for change in registry.history(settings)] == [
        "summer",
        "base",
        "spring",
        "summer",
        "spring",
    ]


def test_an_alarm_has_to_be_confirmed(settings: Settings) -> None:
    with pytest.raises(AlarmError, match="One column gives the outcome away") as caught:
        registry.promote("leaky", who="Ann", settings=settings)
    assert caught.value.remedy
    assert registry.in_use(settings) == "base"
    registry.promote("leaky", who="Ann", confirmed=True, settings=settings)
    assert registry.in_use(settings) == "leaky"


def test_what_cannot_be_read_is_not_promoted(settings: Settings) -> None:
    with pytest.raises(BundleError, match="Model not found"):
        registry.promote("nothing", who="Ann", settings=settings)
    with pytest.raises(BundleError, match="can't be a model's name"):
        registry.promote("../spring", who="Ann", settings=settings)
    models = settings.models_dir / "spring" / "bundle.joblib"
    models.write_bytes(models.read_bytes() + b"0")
    with pytest.raises(BundleError, match="isn't the file this model was saved with"):
        registry.promote("spring", who="Ann", settings=settings)
    assert registry.history(settings) == ()


def test_a_model_in_use_is_not_deleted_and_others_are(settings: Settings) -> None:
    registry.promote("spring", who="Ann", settings=settings)
    with pytest.raises(RegistryError, match="in use"):
        registry.delete_bundle("spring", settings)
    with pytest.raises(RegistryError, match="default model"):
        registry.delete_bundle("base", settings)
    registry.delete_bundle("summer", settings)
    assert sorted(path.name for path in settings.models_dir.iterdir() if path.is_dir()) == [
        "base",
        "leaky",
        "spring",
    ]
    with pytest.raises(BundleError):
        registry.delete_bundle("summer", settings)


def test_without_its_folder_a_promoted_model_is_not_in_use(settings: Settings) -> None:
    registry.promote("spring", who="Ann", settings=settings)
    registry.promote("summer", who="Ann", settings=settings)
    (settings.models_dir / "summer").rename(settings.models_dir / ".gone")
    assert registry.in_use(settings) == "base"
    assert registry.earlier(settings) == "spring"
    assert registry.promote("spring", who="Ann", settings=settings).previous == "base"


def test_a_damaged_record_is_said_and_not_guessed_around(settings: Settings) -> None:
    registry.promote("spring", who="Ann", settings=settings)
    record = settings.models_dir / registry.FILE
    told = json.loads(record.read_text())
    for damaged in ("{", json.dumps(told | {"format_version": 9}), json.dumps({"changes": [{}]})):
        record.write_text(damaged)
        with pytest.raises(RegistryError, match="damaged"):
            registry.in_use(settings)
    assert isinstance(model_in_use(settings), RegistryError)
    told["changes"][0]["bundle"] = "../../etc"
    record.write_text(json.dumps(told))
    with pytest.raises(RegistryError):
        registry.in_use(settings)


def _promote_many(models_dir: Path, who: str, start: multiprocessing.Barrier, rounds: int) -> None:
    settings = Settings(models_dir=models_dir, bundle="base")
    start.wait()
    for number in range(rounds):
        registry.promote(("spring", "summer")[number % 2], who=who, settings=settings)


def test_two_processes_promote_at_once_and_no_change_is_lost(settings: Settings) -> None:
    context = multiprocessing.get_context("fork" if os.name == "posix" else "spawn")
    start, rounds = context.Barrier(2), 20
    workers = [
        context.Process(target=_promote_many, args=(settings.models_dir, who, start, rounds))
        for who in ("Ann", "Bob")
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(240)
        assert worker.exitcode == 0
    changes = registry.history(settings)[::-1]
    assert {change.who for change in changes} == {"Ann", "Bob"}
    assert changes[0].previous == "base"
    # Each change starts where the one before it ended: nobody has written over anybody.
    assert all(later.previous == sooner.bundle for sooner, later in pairwise(changes))
    assert all(change.bundle != change.previous for change in changes)
    assert registry.in_use(settings) == changes[-1].bundle == "summer"
