"""One person is deleted: nothing of them is left in any file, and everything else still opens."""

from __future__ import annotations

import gzip
import hashlib
import json
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from core.base.errors import NotFoundError
from core.privacy import erasure, records, working
from core.privacy.certificate import as_csv, as_page
from core.privacy.exports import BusyError, check_idle
from core.privacy.person import SharedIdError, identify
from core.results.filters import Filters
from core.results.view import ResultView
from core.scoring.pipeline import run_steps
from core.storage import Fetch, get_store
from tests.core.cli.test_audience import run
from tests.core.privacy.conftest import BROWSER, EMAIL, PEOPLE, PHONE_BROWSER, Everywhere

NEEDLES = [text.lower().encode() for text in (EMAIL, EMAIL.replace("@", "%40"), BROWSER, PHONE_BROWSER)]
NEEDLES += [hashlib.sha256(needle).hexdigest().encode() for needle in NEEDLES]


def texts(folder: Path) -> Iterator[tuple[Path, bytes]]:
    """Every file's bytes, and besides what a compressed one holds."""
    for path in folder.rglob("*"):
        if not path.is_file():
            continue
        content = path.read_bytes()
        yield path, content
        if content.startswith(b"PAR1"):
            yield path, json.dumps(pq.read_table(path).to_pylist(), default=str).encode()
        if content.startswith(b"\x1f\x8b"):
            yield path, gzip.decompress(content)


def left(folder: Path) -> set[tuple[str, bytes]]:
    return {
        (str(path.relative_to(folder)), needle)
        for path, content in texts(folder)
        for needle in NEEDLES
        if needle in content.lower()
    }


def test_nothing_of_a_person_is_left_and_the_rest_still_opens(everywhere: Everywhere) -> None:
    store, settings = get_store(), everywhere.live.settings
    assert {name.split("/")[0] for name, _ in left(everywhere.folder)} >= {"datasets", "results", "live"}
    known = erasure.export_known(EMAIL, settings)
    assert {each["name"] for each in known["exports"]} == {"events.csv.gz", "visits.csv", "Live: Shop"}
    assert set(known["ids"]) == {EMAIL.lower(), BROWSER, PHONE_BROWSER}
    assert [each["name"] for each in known["audiences"]] == ["Spring"]
    assert {"events", "people", "quarantine", "inbox"} <= set(known["live"])
    before = {result.id: result.n_sessions for result in store.results()}

    made = erasure.delete(f" {EMAIL} ", settings)

    # The hash of the id that was given stands in the certificate, and nowhere else.
    assert {needle for _, needle in left(everywhere.folder)} <= {
        hashlib.sha256(NEEDLES[0]).hexdigest().encode()
    }
    assert made.told is not None
    assert (made.state, made.asked, made.told["subject"]) == (
        "done", None, hashlib.sha256(EMAIL.lower().encode()).hexdigest(),
    )  # fmt: skip
    deleted = {place["place"]: place["deleted"] for place in made.told["places"]}
    assert deleted["export “events.csv.gz”: events or sessions read"] == 3
    assert deleted["export “visits.csv”: scored sessions"] == 1
    assert deleted["lists of audiences"] == 1
    assert deleted["live: quarantine"] == 1
    assert EMAIL.lower() not in json.dumps(made.told).lower()
    again = erasure.export_known(EMAIL, settings)
    assert (again["exports"], again["live"], again["audiences"]) == ([], {}, [])

    for result in store.results():
        n = before[result.id]
        assert n is not None
        assert result.n_sessions == result.recorded.sessions == n - 1 if result.recorded else True
        assert ResultView(result.path).kpis(Filters()).n == n - 1
        assert "a person's data" in " ".join(result.notes)
    everywhere.live.worker.work_off()


@pytest.mark.slow
def test_an_export_without_its_original_can_be_scored_again(everywhere: Everywhere) -> None:
    store = get_store()
    erasure.delete(EMAIL, everywhere.live.settings)
    for dataset in (everywhere.events, everywhere.rows):
        now = store.dataset(dataset.id)
        assert [file.filename for file in now.files] == [f"{Path(now.name).stem} cleaned.parquet"]
        assert now.report is not None
        kept = now.report.rows_kept
        with sqlite3.connect(everywhere.folder / "predictor.sqlite") as database:
            database.execute("UPDATE datasets SET report = NULL WHERE id = ?", [dataset.id])
        result = store.create_result(dataset.id, bundle="demo-shop")
        run_steps(store, result)
        assert store.result(result.id).n_sessions == PEOPLE - 1
        again = store.dataset(dataset.id).report
        assert again is not None
        assert again.rows_kept == kept


def test_the_command_finds_and_exports(everywhere: Everywhere, capsys: pytest.CaptureFixture[str]) -> None:
    out = everywhere.folder.parent / "known.json"
    assert run("person", "find", EMAIL) == run("person", "export", BROWSER, "-o", str(out)) == 0
    said = capsys.readouterr().err
    assert "3 ids of one person" in said
    assert "events.csv.gz: 3 rows read, 1 scored sessions" in said
    known = json.loads(out.read_text())
    assert known["exports"][0]["name"] == "Live: Shop"
    assert {row["user_id"] for each in known["exports"] for row in each.get("events", ())} == {EMAIL}


def test_somebody_who_is_nowhere_gets_a_certificate_as_well(everywhere: Everywhere) -> None:
    before = set(everywhere.folder.rglob("*.parquet"))
    out = everywhere.folder.parent / "certificate.json"
    told = run("person", "delete", "nobody@shop.example", "--out", str(out), "--yes")
    assert told == 0
    certificate = json.loads(out.read_text())
    assert (certificate["rows"], certificate["looked_through"]["exports"]) == (0, 3)
    assert "Nothing was found" in as_page(certificate)
    assert "comes in again with the next export" in as_page(certificate)
    assert as_csv(certificate).startswith("Place,Deleted\n")
    assert before == set(everywhere.folder.rglob("*.parquet"))


def test_a_hash_leads_to_the_person(everywhere: Everywhere) -> None:
    hashed = hashlib.sha256(EMAIL.lower().encode()).hexdigest().upper()
    assert identify(hashed, everywhere.live.settings).known >= {EMAIL.lower(), BROWSER, PHONE_BROWSER}
    assert identify(BROWSER, everywhere.live.settings, alone=True).known == {BROWSER}
    with pytest.raises(NotFoundError):
        identify("  ", everywhere.live.settings)


def test_an_id_many_people_share_is_not_one_person(
    everywhere: Everywhere, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.privacy.person.MOST_IDS", 2)
    with pytest.raises(SharedIdError, match="more than 2 others"):
        erasure.ask_for(EMAIL, everywhere.live.settings)


def test_an_export_that_has_come_and_is_about_to_be_scored_is_not_idle(everywhere: Everywhere) -> None:
    store, dataset = get_store(), get_store().dataset(everywhere.rows.id)
    fetched = Fetch(source="/srv", paths=("visits.csv",), settled=False)
    with pytest.raises(BusyError, match="being worked on"):
        check_idle(store, replace(dataset, fetch=fetched))
    check_idle(store, replace(dataset, fetch=replace(fetched, settled=True)))


def test_what_is_being_worked_on_is_waited_for(everywhere: Everywhere) -> None:
    settings = everywhere.live.settings
    get_store().create_result(everywhere.rows.id, bundle="demo-shop")
    with pytest.raises(BusyError, match="being worked on"):
        erasure.delete(EMAIL, settings)
    # The worker does it as soon as the job is over.
    working.look(settings)
    (record,) = records.records(settings)
    assert (record.state, record.asked) == ("waiting", {"id": EMAIL, "alone": False})
    result = get_store().results(everywhere.rows.id)[0]
    get_store().scoring_jobs.finish_cancelled(result.id)
    working.look(settings)
    (record,) = records.records(settings)
    assert (record.state, record.asked) == ("done", None)
    assert record.told is not None
    assert record.told["rows"] > 0


def test_an_export_of_one_person_alone_goes_as_a_whole(everywhere: Everywhere) -> None:
    store = get_store()
    upload = everywhere.folder.parent / "one.csv"
    names = "Session ID,Clicks,Cart adds,Purchased,E-mail,Postcode"
    upload.write_text(f"{names}\na,3,1,yes,lone@shop.example,1\nb,4,2,no,Lone@shop.example,1\n")
    dataset = store.add_dataset(upload, filename="one.csv")
    run_steps(store, store.create_result(dataset.id, bundle="demo-shop"))
    unread = everywhere.folder.parent / "unread.csv"
    unread.write_text("Session ID,Clicks,E-mail\na,3,lone@shop.example\nb,4,other@shop.example\n")
    store.add_dataset(unread, filename="unread.csv")
    found = erasure.find("lone@shop.example", everywhere.live.settings)
    assert {each["name"]: each["is_read"] for each in found["exports"]} == {
        "one.csv": True,
        "unread.csv": False,
    }
    made = erasure.delete("lone@shop.example", everywhere.live.settings)
    assert made.told is not None
    assert [place["place"] for place in made.told["places"] if place["deleted"]] == [
        "export “unread.csv”: not read yet, so it was deleted as a whole",
        "export “one.csv”: nobody else was in it, so it was deleted as a whole",
    ]
    assert {each.name for each in store.datasets()} == {"events.csv.gz", "visits.csv", "Live: Shop"}
