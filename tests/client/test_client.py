"""The Python client against a real server: its example, what it does when a line breaks, what it refuses."""

from __future__ import annotations

import doctest
import http.client
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from client import session_predictor
from client.session_predictor import Client, PredictorError, Score
from tests.core.live.conftest import Shop, shop_at
from tests.core.live.serving import Served, served
from tests.serving import free_port


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    yield from shop_at(tmp_path, min_free_bytes=0)


def client_of(running: Served) -> Client:
    return Client(running.url, write_key=running.shop.write_key, secret_key=running.shop.secret_key)


def event(visitor: str, kind: str = "page_view", **more: Any) -> dict[str, Any]:
    return {"event_type": kind, "visitor_id": visitor, **more}


def test_its_example_is_true(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "session_predictor", session_predictor)
    with served(shop) as running:
        names = {"url": running.url, "write_key": shop.write_key, "secret_key": shop.secret_key}
        result = doctest.testmod(session_predictor, extraglobs=names)
    assert (result.failed, result.attempted) == (0, 8)


def test_it_is_one_file_without_the_product() -> None:
    text = Path(session_predictor.__file__).read_text()
    lines = [
        line.split()[1].partition(".")[0]
        for line in text.splitlines()
        if line.startswith(("import ", "from "))
    ]
    assert set(lines) <= sys.stdlib_module_names


def test_what_is_refused_is_named_by_its_place_and_an_event_sent_again_counts_once(shop: Shop) -> None:
    with served(shop) as running:
        client = client_of(running)
        same = event("v", event_id="e1", timestamp=datetime.now(UTC))
        many = [event(f"w{i}") for i in range(session_predictor.TOGETHER)]
        sent = client.send([*many, same, event("v", "hop"), same])
        assert sent.accepted == len(many) + 2
        assert [place for place, _ in sent.refused] == [len(many) + 1]
        score = next(score for score in client.scores(after="0") if score.visitor_id == "v")
        asked = client.score(visitor_id="v")
        assert asked.events_seen == score.events_seen == 1
        assert (asked.probability, asked.reasons) == (score.probability, score.reasons)
        assert len(asked.reasons) == 3


def test_scores_go_on_where_they_were_when_the_server_is_back(shop: Shop) -> None:
    port, heard = free_port(), []
    known = threading.Event()

    def listen() -> None:
        for score in Client(f"http://127.0.0.1:{port}", secret_key=shop.secret_key).scores(after="0"):
            heard.append(score)
            known.set()
            if score.visitor_id == "last":
                return

    listening = threading.Thread(target=listen)
    listening.start()  # Before there is a server.
    with served(shop, port) as running:
        client_of(running).send([event("first")])
        assert known.wait(60)
    shop.events(event("between"))
    shop.worker.work_off()
    with served(shop, port) as running:
        client_of(running).send([event("last")])
        listening.join(60)
    assert [score.visitor_id for score in heard] == ["first", "between", "last"]
    assert [int(score.event_id or 0) for score in heard] == [1, 2, 3]


def test_filters_hold(shop: Shop) -> None:
    shop.events(
        event("low"), event("high", "cart_add", product_id="A", price=20.0), event("high", "checkout")
    )
    shop.worker.work_off()
    low, high = (float(shop.visitor(name)["probability"]) for name in ("low", "high"))
    assert low < high
    with served(shop) as running:
        client = client_of(running)
        between = (low + high) / 2
        assert next(client.scores(min_probability=between, after="0")).visitor_id == "high"
        assert next(client.scores(source=shop.source, after="0")).source == shop.source


def test_a_wrong_key_or_a_server_that_is_away_is_said(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    with served(shop) as running:
        wrong = Client(running.url, write_key="wk_wrong", secret_key=shop.write_key)
        for ask in (
            lambda: wrong.send([event("v")]),
            lambda: wrong.score(visitor_id="v"),
            lambda: next(wrong.scores()),
        ):
            with pytest.raises(PredictorError, match="Live page") as told:
                ask()
            assert told.value.status == http.client.UNAUTHORIZED
        with pytest.raises(PredictorError, match="isn't the id of an event"):
            next(client_of(running).scores(after="x"))
        assert client_of(running).score(session_id="nobody") == Score(state="unknown", session_id="nobody")
    monkeypatch.setattr(session_predictor, "TRIES", 1)
    with pytest.raises(PredictorError, match="can't be reached"):
        Client(f"http://127.0.0.1:{free_port()}", write_key="wk_x").send([event("v")])
    with pytest.raises(PredictorError, match="no secret key"):
        Client("http://127.0.0.1", write_key="wk_x").score(visitor_id="v")


def test_what_can_t_be_sent_is_an_error_before_anything_is(shop: Shop) -> None:
    client = Client("http://127.0.0.1:9", write_key="wk_x")
    with pytest.raises(ValueError, match="no time zone"):
        client.send([event("v", timestamp=datetime(2026, 1, 1))])
    with pytest.raises(TypeError, match="object can't be sent"):
        client.send([event("v", page=object())])
    with pytest.raises(ValueError, match="session_id or a visitor_id"):
        client.score()
    with pytest.raises(ValueError, match="no address"):
        Client("predictor.example")
