"""``compare`` and ``promote``: the commands that choose between models."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from core.base.settings import Settings, get_settings
from core.bundle import registry
from core.bundle.repository import Bundle
from core.cli.main import main
from core.simulate import write_events
from tests.core.bundles import ALARM, blind, good_bundle, variant


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    folder = tmp_path_factory.mktemp("made")
    return good_bundle(Settings(models_dir=folder / "models", data_dir=folder / "data"), "base")


@pytest.fixture
def settings(tmp_path: Path, made: Bundle, monkeypatch: pytest.MonkeyPatch) -> Settings:
    environment = {
        "PREDICTOR_MODELS_DIR": str(tmp_path / "models"),
        "PREDICTOR_DATA_DIR": str(tmp_path / "data"),
        "PREDICTOR_BUNDLE": "base",
        "COLUMNS": "200",
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    get_settings.cache_clear()
    settings = get_settings()
    variant(made, "base", settings)
    variant(made, "chance", settings, purchase=blind(made))
    variant(made, "leaky", settings, alarms=(ALARM,))
    yield settings
    get_settings.cache_clear()


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(list(arguments))
    return int(ended.value.code)


def test_compare_takes_the_one_in_use(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("compare", "chance") == 0
    told = capsys.readouterr().out
    assert "Worse: finds" in told
    assert "PR-AUC" in told
    assert "the old one" in told
    assert "only large differences show" in told


def test_compare_prints_json(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("compare", "base", "chance", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["new"], told["old"], told["better"]) == ("base", "chance", "new")
    assert all({"value", "low", "high"} == line["difference"].keys() for line in told["lines"])


def test_compare_reads_an_export_of_its_own(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    export = tmp_path / "events.csv"
    write_events(export, n_sessions=300, seed=9)
    assert run("compare", "base", "chance", "--file", str(export), "--json") == 0
    assert json.loads(capsys.readouterr().out)["n"] == 300


def test_compare_says_which_model_is_missing(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("compare", "nothing") == 5
    assert "model nothing" in capsys.readouterr().err


def test_promote_back_and_history(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("promote", "chance", "--who", "Ann", "--note", "to try it") == 0
    assert "In use: chance, instead of base." in capsys.readouterr().err
    assert run("promote") == 0
    assert capsys.readouterr().out == "chance\n"
    assert run("promote", "--back", "--who", "Bob") == 0
    assert registry.in_use(settings) == "base"
    capsys.readouterr()
    assert run("promote", "--history") == 0
    newest, oldest = capsys.readouterr().out.splitlines()
    assert newest.endswith("chance back to base, Bob")
    assert oldest.endswith("base to chance, Ann: to try it")
    assert run("promote", "--back") == 5
    assert "no earlier model" in capsys.readouterr().err


def test_promote_wants_an_alarm_confirmed(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("promote", "leaky") == 8
    assert "One column gives the outcome away" in capsys.readouterr().err
    assert registry.in_use(settings) == "base"
    assert run("promote", "leaky", "--confirm") == 0
    assert registry.in_use(settings) == "leaky"
    assert registry.history(settings)[0].who


def test_promote_takes_one_wish_at_a_time(settings: Settings) -> None:
    assert run("promote", "chance", "--back") == 2
    assert run("promote", "nothing") == 5
