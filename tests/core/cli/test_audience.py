"""The command: a saved definition applied to a file of scored sessions."""

from __future__ import annotations

import csv
import hashlib
import json
from dataclasses import replace
from pathlib import Path

import pytest

from core.audiences import Definition
from core.cli.main import main
from tests.core.audiences.independent import is_held_out
from tests.core.results.scored import scored_frame, write_scored

DEFINITION = Definition(pick="top_n", amount=50.0, held_out=0.4, salt="cli", id_form="raw")


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as left:
        main(list(arguments))
    return int(left.value.code)


def test_a_definition_is_applied_to_tomorrows_export(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    definition, out = tmp_path / "definition.json", tmp_path / "list.csv"
    definition.write_text(json.dumps({"name": "Spring", **DEFINITION.to_dict()}))
    scored = write_scored(scored_frame(200), tmp_path / "scored.parquet")
    asked = ["audience", str(scored), "--definition", str(definition), "--out", str(out)]
    assert run(*asked) == 0
    rows = list(csv.DictReader(out.read_text().splitlines()))
    assert len(rows) == 50
    for row in rows:
        assert (row["group"] == "held out") == is_held_out(row["visitor_id"], 0.4, "cli")
    assert "50 in the audience" in capsys.readouterr().err
    assert run(*asked, "--only-id", "--group", "treated") == 0
    ids = list(csv.reader(out.read_text().splitlines()))
    assert ids[0] == ["visitor_id"]
    assert [one for (one,) in ids[1:]] == [row["visitor_id"] for row in rows if row["group"] == "treated"]


def test_a_bad_definition_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    definition = tmp_path / "mine.json"
    definition.write_text("{}")
    scored = write_scored(scored_frame(20), tmp_path / "scored.parquet")
    out = tmp_path / "list.csv"
    assert run("audience", str(scored), "--definition", str(definition), "--out", str(out)) == 3
    assert "mine.json: This isn't an audience definition" in capsys.readouterr().err
    assert not out.exists()


def test_a_platforms_file_and_who_is_not_in_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    frame = scored_frame(50)
    frame["visitor_id"] = [f"p{n}@shop.example" if n % 2 else f"v{n}" for n in range(50)]
    scored = write_scored(frame, tmp_path / "scored.parquet")
    definition, out = tmp_path / "definition.json", tmp_path / "meta.csv"
    everyone = replace(DEFINITION, pick="all", amount=0.0, leave_out_buyers=False)
    definition.write_text(json.dumps(everyone.to_dict()))
    asked = ["audience", str(scored), "--definition", str(definition), "--out", str(out), "--for", "meta"]
    assert run(*asked) == 0
    rows = list(csv.DictReader(out.read_text().splitlines()))
    treated = [one for one in frame["visitor_id"] if "@" in one and not is_held_out(one, 0.4, "cli")]
    assert {row["email"] for row in rows} == {hashlib.sha256(one.encode()).hexdigest() for one in treated}
    said = capsys.readouterr().err
    assert f"{len(rows)} rows for Meta Custom Audiences" in said
    assert "without a usable id" in said
    assert "make sure that all of them did" in said
    assert run(*asked, "--only-id") == 2
