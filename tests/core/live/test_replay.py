"""An export played back: live says after so many events what the file says, and judges it as a card does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pytest

from core.base.errors import IngestError
from core.base.settings import Settings
from core.bundle.predictor import Predictor
from core.ingest import ingest
from core.live import early, replay
from core.live.early import judged
from core.live.processing import DAY
from core.live.replay import Export, Here, Probabilities
from core.scoring.steps import make_sessions
from core.simulate import simulate_events
from tests.core.live.conftest import Shop

SESSIONS = 150


@dataclass
class Played:
    """An export, its sessions, what live said of them, and what the file says."""

    export: Export
    sessions: pa.Table
    predictor: Predictor
    live: Probabilities
    file: Probabilities
    settings: Settings
    mark: str


def read(path: Path, settings: Settings) -> Export:
    folder = path.parent / "read"
    report = ingest(path, folder, settings=settings)
    rows = path.parent / "rows.parquet"
    make_sessions(folder, report, rows, settings=settings)
    return Export(events=folder / "events.parquet", sessions=rows, told=report.told, currency=report.currency)


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    folder = tmp_path_factory.mktemp("replay")
    settings = Settings(data_dir=folder / "data", min_free_bytes=0)
    # Without searches, which an export then can't tell of: unknown, and not zero.
    events = simulate_events(SESSIONS, seed=4).to_pandas()
    events = events[events["event_type"] != "search"]
    # More buyers than the shop has, so that there is something to judge.
    events.loc[events["event_type"] == "cart_view", "event_type"] = "purchase"
    path = folder / "export.csv"
    events.to_csv(path, index=False)
    export = read(path, settings)
    sessions = replay.sessions_of(export, None)
    predictor = Predictor.load(settings=settings)
    here, mark = Here(folder / "live", export, settings), replay.new_mark()
    parts = replay.events_of(export, sessions, in_turn=True)
    assert replay.play(parts, here.send, mark=mark, total=len(events)) == len(events)
    yield Played(
        export, sessions, predictor, here.said(),
        replay.from_file(export, sessions, predictor, folder, settings), here.settings, mark,
    )  # fmt: skip
    here.close()


@pytest.mark.slow
def test_live_says_after_k_events_what_the_file_says(played: Played) -> None:
    compared = replay.compare(played.live, played.file, played.sessions, played.predictor, played.mark)
    lengths = [n or 0 for n in played.sessions["n_events"].to_pylist()]
    assert compared.scores == sum(n > k for n in lengths for k in early.JUDGED)
    assert compared.scores > SESSIONS
    assert (compared.different, compared.furthest) == (0, pytest.approx(0, abs=1e-9))
    assert compared.live == compared.file
    assert compared.live[0].figures["roc_auc"].n == sum(n > 1 for n in lengths)


def test_the_page_judges_what_was_said_as_the_replay_does(played: Played) -> None:
    compared = replay.compare(played.live, played.file, played.sessions, played.predictor, played.mark)
    assert judged(played.settings) == compared.live
    first = compared.live[0]
    assert (first.k, first.regime, first.agrees("roc_auc")) == (1, "all", True)
    assert first.card["roc_auc"].n == played.predictor.manifest.early[0]["n"]
    assert judged(played.settings, source="another") == ()


def test_what_a_file_can_tell_is_known_from_its_first_event_on(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "data", min_free_bytes=0)
    path = tmp_path / "small.csv"
    path.write_text(
        "session_id,visitor_id,timestamp,event_type,product_id,price,quantity,country\n"
        "s,v,2026-01-01T10:00:00Z,page_view,,,,\ns,v,2026-01-01T10:01:00Z,product_view,A,3,,\n"
        "s,v,2026-01-01T10:02:00Z,cart_add,A,3,1,DE\ns,v,2026-01-01T10:03:00Z,purchase,A,3,1,DE\n"
    )
    export, predictor = read(path, settings), Predictor.load(settings=settings)
    sessions = replay.sessions_of(export, None)
    here, mark = Here(tmp_path / "live", export, settings), replay.new_mark()
    try:
        replay.play(replay.events_of(export, sessions, in_turn=True), here.send, mark=mark, total=4)
        file = replay.from_file(export, sessions, predictor, tmp_path, settings)
        compared = replay.compare(here.said(), file, sessions, predictor, mark)
    finally:
        here.close()
    assert (compared.scores, compared.different) == (2, 0)


def test_a_wrong_score_is_found(played: Played) -> None:
    changed = dict(played.live)
    lengths = dict(
        zip(*(played.sessions[name].to_pylist() for name in ("session_id", "n_events")), strict=True)
    )
    key = next(key for key in changed if lengths[key[0].removeprefix(played.mark)] > key[1])
    changed[key] = (changed[key][0], changed[key][1] + 2e-6)
    compared = replay.compare(changed, played.file, played.sessions, played.predictor, played.mark)
    assert (compared.different, compared.furthest) == (1, pytest.approx(2e-6))


def test_at_a_speed_events_keep_their_order_and_none_is_lost(played: Played) -> None:
    few = played.sessions.slice(0, 5)
    sent: list[str] = []
    parts = replay.events_of(played.export, few, in_turn=False)
    n = replay.play(
        parts, lambda events: sent.extend(e["timestamp"] for e in events), mark="m-", total=1, speed=1e9
    )
    assert n == len(sent) == sum(len(part) for part in replay.events_of(played.export, few, in_turn=True))
    assert sent == sorted(sent)


def test_what_can_t_be_played_is_said(tmp_path: Path, played: Played) -> None:
    path = tmp_path / "untimed.csv"
    path.write_text("session_id,order,event_type,price\ns,1,product_view,3\ns,2,purchase,3\n")
    with pytest.raises(IngestError, match="no times"):
        replay.sessions_of(read(path, Settings(data_dir=tmp_path / "data")), None)


def test_visits_without_an_id_can_t_be_played(tmp_path: Path) -> None:
    path = tmp_path / "unnamed.csv"
    path.write_text(
        "visitor_id,timestamp,event_type,price\n"
        "v,2026-01-01T10:00:00Z,product_view,3\nv,2026-01-01T10:01:00Z,purchase,3\n"
    )
    with pytest.raises(IngestError, match="which visit"):
        replay.sessions_of(read(path, Settings(data_dir=tmp_path / "data")), None)


def test_outcomes_are_kept_when_a_visit_is_over_and_forgotten_with_time(shop: Shop) -> None:
    shop.events({"event_type": "page_view", "visitor_id": "a"})
    shop.events({"event_type": "page_view", "visitor_id": "b"})
    shop.worker.work_off()
    shop.events({"event_type": "product_view", "visitor_id": "a", "product_id": "P", "price": 9.0})
    shop.events({"event_type": "purchase", "visitor_id": "a", "revenue": 9.0, "currency": "EUR"})
    shop.worker.work_off()
    assert judged(shop.settings) == ()

    now = shop.rows("SELECT max(scored_at) FROM sessions")[0][0]
    shop.worker.close_idle(now + DAY)
    kept = shop.rows("SELECT k, n_events, purchased, has_cart FROM early ORDER BY visitor_id")
    assert kept == [(1, 2, 1, 0), (1, 1, 0, 0)]
    # Of the second nothing was to come after its only event.
    assert [(row.k, row.n, row.buyers, dict(row.figures)) for row in judged(shop.settings)] == [
        (1, 1, 1, {}), (1, 1, 1, {})
    ]  # fmt: skip

    shop.worker.forget(now + (early.DAYS + 1) * DAY)
    assert shop.rows("SELECT count(*) FROM early") == [(0,)]


def test_the_command_says_whether_live_and_file_agree(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from core.cli import main

    path = tmp_path / "small.csv"
    simulate_events(12, seed=2).to_pandas().to_csv(path, index=False)
    with pytest.raises(SystemExit) as ended:
        main(["replay", str(path), "--sessions", "8", "--json"])
    told = json.loads(capsys.readouterr().out)
    assert (ended.value.code, told["different"], told["live"] == told["file"]) == (0, 0, True)
    assert told["live"][0]["n"] <= 8
    for wrong in (
        ["--fast", "--speed", "2"],
        ["--speed", "0"],
        ["--url", "http://127.0.0.1:9"],
        ["--write-key", "x"],
    ):
        with pytest.raises(SystemExit) as ended:
            main(["replay", str(path), *wrong])
        assert ended.value.code == 2
