from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from core.base.errors import CoreError, IngestError, MappingError
from core.cli.main import EXIT_CODES, commands, exit_code
from tests.core.cli.conftest import Core
from tests.serving import ROOT

#: Libraries that take longer to import than help may take to come.
HEAVY = {
    "dash",
    "duckdb",
    "fastapi",
    "numpy",
    "pandas",
    "plotly",
    "pyarrow",
    "sklearn",
    "sqlalchemy",
    "xgboost",
}
UNKNOWN = "who,when,what\na,2026-01-01 10:00:00,looked\nb,2026-01-01 10:00:00,looked\n"
ROWS = "Session ID,Clicks,Avg Price,Country\na,3,20.5,Germany\nb,4,8,France\n"
MAPPING = {
    "kind": "events",
    "columns": {"visitor_id": "who", "timestamp": "when", "event_type": "what"},
    "event_types": {"looked": "product_view"},
}


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_help_comes_at_once_from_a_process_of_its_own() -> None:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "core", "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    names = ("simulate", "train", "score", "evaluate", "inspect", "serve")
    assert all(name in done.stdout for name in names)
    # What takes time is the libraries: none of those that read, learn, draw or serve comes with help.
    imported = {line.rpartition("|")[2].strip().partition(".")[0] for line in done.stderr.splitlines()}
    assert {"click", "core"} <= imported
    assert not imported & HEAVY


@pytest.mark.parametrize("name", sorted(commands.commands))
def test_every_command_explains_itself(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    commands.main([name, "--help"], standalone_mode=False)
    help_text = capsys.readouterr().out
    assert help_text.splitlines()[0].split("[")[0].endswith(f" {name} ")
    assert commands.commands[name].get_short_help_str(limit=200) in " ".join(help_text.split())


def test_the_narrowest_error_decides_the_exit_code() -> None:
    assert exit_code(MappingError("x")) == 4
    assert exit_code(IngestError("x")) == 3
    assert exit_code(CoreError("x")) == 1
    kinds = [kind for kind, _ in EXIT_CODES]
    for place, kind in enumerate(kinds):
        assert not any(issubclass(kind, earlier) for earlier in kinds[:place]), f"{kind} is never reached"


def test_simulate_then_score(core: Core, tmp_path: Path) -> None:
    events, out = tmp_path / "events.csv", tmp_path / "scored.parquet"
    made = core("simulate", "-o", events, "--sessions", 50, "--seed", 3)
    assert (made.returncode, made.stdout) == (0, "")
    assert "50 sessions" in made.stderr
    done = core("score", events, "-o", out)
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    assert pq.ParquetFile(out).metadata.num_rows == 50
    for label in ("Recognised", "Sessions", "Likely buyers", "Expected revenue", "Written"):
        assert label in done.stderr


def test_a_file_that_is_not_what_it_says_ends_with_3(core: Core, tmp_path: Path) -> None:
    path = tmp_path / "report.csv"
    path.write_bytes(b"%PDF-1.7\n" + bytes(range(256)) * 20)
    done = core("score", path, "-o", tmp_path / "out.parquet")
    assert done.returncode == 3
    assert "report.csv" in done.stderr
    assert "Traceback" not in done.stderr
    assert [p.name for p in tmp_path.iterdir()] == ["report.csv"]


def test_unknown_columns_end_with_4_and_a_mapping_helps(core: Core, tmp_path: Path) -> None:
    path, out = write(tmp_path / "odd.csv", UNKNOWN), tmp_path / "out.csv"
    done = core("score", path, "-o", out)
    assert done.returncode == 4
    assert "--mapping" in done.stderr
    told = write(tmp_path / "mapping.json", json.dumps(MAPPING))
    assert core("score", path, "-o", out, "--mapping", told).returncode == 0
    assert len(out.read_text().splitlines()) == 3


def test_a_mapping_is_inspected_before_it_is_scored_with(core: Core, tmp_path: Path) -> None:
    path, recipe = write(tmp_path / "odd.csv", UNKNOWN), tmp_path / "recipe.json"
    write(recipe, json.dumps(MAPPING))

    done = core("inspect", path, "--mapping", recipe, "--rows", "--json")

    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["report"]["rows_kept"] == 2
    assert not found["recognition"]["needs_mapping"]
    write(recipe, json.dumps(found["recognition"]["mapping"]))
    # What its numbers rest on is listed here as it is with the scores, worst first.
    assumed = [f"{made['severity']} {made['text']}" for made in found["report"]["assumptions"]]
    assert assumed == sorted(assumed, key=lambda made: ("error warning info".split()).index(made.split()[0]))
    shown = core("inspect", path, "--mapping", recipe).stdout
    scored = core("score", path, "-o", tmp_path / "out.csv", "--mapping", recipe)
    assert scored.returncode == 0
    for made in found["report"]["assumptions"]:
        for said in (shown, scored.stdout + scored.stderr):
            assert made["text"] in " ".join(said.split())
    assert assumed
    wrong = write(tmp_path / "wrong.json", json.dumps(MAPPING | {"columns": {"visitor_id": "nobody"}}))
    assert core("inspect", path, "--mapping", wrong).returncode == 4


def test_a_mapping_that_is_no_json_ends_with_4(core: Core, tmp_path: Path) -> None:
    path, told = write(tmp_path / "odd.csv", UNKNOWN), write(tmp_path / "mapping.json", "{kind:")
    done = core("score", path, "-o", tmp_path / "out.csv", "--mapping", told)
    assert done.returncode == 4
    assert "mapping.json" in done.stderr


def test_a_missing_model_ends_with_5(core: Core, tmp_path: Path) -> None:
    path = write(tmp_path / "rows.csv", ROWS)
    done = core("score", path, "-o", tmp_path / "out.csv", "--bundle", "no-such-model")
    assert done.returncode == 5
    assert "no-such-model" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "environment", "code", "said"),
    [
        (["score"], {}, 2, "FILE"),
        (["nonsense"], {}, 2, "No such command"),
        (["simulate", "-o", "x.csv", "--sessions", "0"], {}, 2, "--sessions"),
        (["demo"], {"PREDICTOR_PORT": "eighty"}, 7, "PREDICTOR_PORT"),
        (["demo"], {"DATABASE_URL": "postgresql://me:secret@127.0.0.1:1/x"}, 6, "metadata database"),
    ],
)
def test_wrong_usage_and_settings(
    core: Core, arguments: list[str], environment: dict[str, str], code: int, said: str
) -> None:
    done = core(*arguments, **environment)
    assert done.returncode == code, done.stderr
    assert said in done.stderr
    assert "secret" not in done.stderr
    assert "Traceback" not in done.stderr


def test_the_output_has_to_have_a_known_ending(core: Core, tmp_path: Path) -> None:
    path = write(tmp_path / "rows.csv", ROWS)
    done = core("score", path, "-o", tmp_path / "out.ods")
    assert done.returncode == 2
    assert ".xlsx" in done.stderr


def test_inspect_prints_json_for_other_programs(core: Core, tmp_path: Path) -> None:
    path = write(tmp_path / "rows.csv", ROWS)
    done = core("inspect", path, "--json", "--rows")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["recognition"]["kind"] == "sessions"
    assert found["report"]["rows_kept"] == 2
