"""Which events make a visit: late ones, other ids of one person, silence, robots."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest

from core.base.settings import Settings
from core.live.processing import Processor
from core.live.scores import early_figures
from core.live.told import AT, Event, Filled
from tests.core.live.conftest import Shop, shop_at

if TYPE_CHECKING:
    from core.bundle.repository import Manifest

NOW = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=3)


def view(seconds: float = 0, **more: Any) -> dict[str, Any]:
    at = (NOW + timedelta(seconds=seconds)).isoformat()
    return {"event_type": "product_view", "visitor_id": "V", "timestamp": at, **more}


def track(name: str, seconds: float, **more: Any) -> dict[str, Any]:
    at = (NOW + timedelta(seconds=seconds)).isoformat()
    return {"type": "track", "event": name, "timestamp": at, "messageId": f"{name}{seconds}", **more}


def sessions(shop: Shop) -> list[tuple[str, int]]:
    return sorted((name, n) for name, n in shop.rows("SELECT session_id, n_events FROM sessions"))


def name_of(seconds: float, visitor: str = "V") -> str:
    return f"{visitor}@{NOW + timedelta(seconds=seconds):%Y-%m-%dT%H:%M:%SZ}"


def test_silence_ends_a_visit_and_a_late_event_joins_two(shop: Shop) -> None:
    shop.events(view(0), view(60), view(60 + 31 * 60))
    shop.worker.work_off()
    assert sessions(shop) == [(name_of(0), 2), (name_of(60 + 31 * 60), 1)]

    shop.events(view(20 * 60), view(-60))  # late, and out of order
    shop.worker.work_off()
    assert sessions(shop) == [(name_of(-60), 5)]


def test_signing_in_stays_one_visit(shop: Shop) -> None:
    shop.send("/v1/batch", {"batch": [
        track("Product Viewed", 0, anonymousId="b1"),
        track("Product Viewed", 10, userId="ann@example.com"),
    ]})  # fmt: skip
    shop.worker.work_off()
    assert len(sessions(shop)) == 2

    both = {"type": "identify", "anonymousId": "b1", "userId": "ann@example.com", "messageId": "i"}
    shop.send("/v1/batch", {"batch": [{**both, "timestamp": (NOW + timedelta(seconds=5)).isoformat()}]})
    shop.send("/v1/batch", {"batch": [track("Product Added", 20, userId="ann@example.com")]})
    shop.worker.work_off()

    assert sessions(shop) == [(name_of(0, "b1"), 4)]
    assert shop.visitor("ann@example.com")["events_seen"] == shop.visitor("b1")["events_seen"] == 4


@pytest.mark.parametrize(
    ("path", "joining"),
    [
        ("/v1/batch", {"type": "alias", "previousId": "b1", "userId": "ann", "messageId": "x"}),
        (
            "/batch/",
            {"event": "$create_alias", "distinct_id": "b1", "uuid": "x", "properties": {"alias": "ann"}},
        ),
        (
            "/batch/",
            {
                "event": "$identify",
                "distinct_id": "ann",
                "uuid": "x",
                "properties": {"$anon_distinct_id": "b1"},
            },
        ),
        ("/api/live/events", {"event_type": "other", "visitor_id": "ann", "previous_id": "b1"}),
    ],
    ids=["segment", "posthog alias", "posthog identify", "plain"],
)  # fmt: skip
def test_an_alias_joins_what_was_there_before_and_what_comes(
    shop: Shop, path: str, joining: dict[str, Any]
) -> None:
    shop.events(view(0, visitor_id="b1"), view(10, visitor_id="ann"))
    shop.worker.work_off()
    name = "events" if path.startswith("/api") else "batch"
    assert shop.send(path, {name: [joining]}).status_code == 200
    shop.events(view(20, visitor_id="ann"))
    shop.worker.work_off()

    assert (name_of(0, "b1"), 3) in sessions(shop)


def test_a_source_s_own_sessions_hold(shop: Shop) -> None:
    shop.events(view(0, session_id="A"), view(10, session_id="B"), view(3600, session_id="A"))
    shop.worker.work_off()

    assert sessions(shop) == [("A", 2), ("B", 1)]
    assert shop.session("A")["features"]["duration_seconds"] == 3600


def test_robots_are_not_scored(shop: Shop) -> None:
    bot = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
    shop.events(view(0, visitor_id="bot", user_agent=bot))
    shop.events(*(view(i / 100, visitor_id="fast", event_id=str(i)) for i in range(200)))
    shop.worker.work_off()

    for visitor in ("bot", "fast"):
        assert (shop.visitor(visitor)["state"], shop.visitor(visitor)["probability"]) == ("robot", None)


def test_an_order_sent_twice_pays_once(shop: Shop) -> None:
    order = {"event_type": "purchase", "order_id": "O-1", "revenue": 59.9, "currency": "EUR"}
    shop.events(view(0), view(10, **order, event_id="1"), view(70, **order, event_id="2"))
    shop.worker.work_off()

    assert shop.visitor("V")["features"]["revenue"] == 59.9


def test_amounts_in_another_currency_are_unknown(shop: Shop) -> None:
    shop.events(*(view(i, visitor_id=f"E{i}", price=10, currency="EUR") for i in range(3)))
    shop.events(view(0, visitor_id="U", price=10, currency="USD"))
    shop.worker.work_off()

    assert shop.visitor("E0")["features"]["price_mean"] == 10
    assert shop.visitor("U")["features"]["price_mean"] is None


def test_a_thousand_visits_of_one_visitor_are_that_many(shop: Shop) -> None:
    shop.events(*(view(-i * 3600, event_id=str(i)) for i in range(1000)))
    shop.worker.work_off()

    assert len(sessions(shop)) == 1000
    assert shop.visitor("V")["session_id"] == name_of(0)


@pytest.mark.slow
def test_a_visit_of_very_many_events_is_one(sqlite_shop: Shop) -> None:
    shop = sqlite_shop
    for part in range(5):
        shop.events(*(view(i * 2, event_id=str(i)) for i in range(part * 10_000, (part + 1) * 10_000)))
    shop.worker.work_off()

    assert shop.visitor("V")["events_seen"] == 50_000


def test_an_unknown_session_is_an_answer(shop: Shop) -> None:
    assert shop.session("nobody/else") == {**shop.session("nobody/else"), "state": "unknown", "waiting": 0}

    shop.events(view(0))
    assert shop.visitor("V")["state"] == "unknown"
    assert shop.visitor("V")["waiting"] == 1


def test_a_score_says_why_and_how_good_the_model_is(shop: Shop) -> None:
    shop.events(*(view(i * 20, product_id="A", price=20.0, event_id=str(i)) for i in range(4)))
    shop.worker.work_off()
    answer = shop.visitor("V")

    assert 0 < answer["probability"] < 1
    assert answer["expected_revenue"] == pytest.approx(answer["probability"] * answer["revenue_if_purchase"])
    assert len(answer["reasons"]) == 3
    assert answer["accuracy"]["after_events"] == 3
    assert answer["accuracy"]["regime"] == "before_cart"
    assert 0.5 < answer["accuracy"]["roc_auc"] < 1
    assert (answer["model"], answer["currency"], answer["state"]) == ("demo-shop", "EUR", "running")


def test_events_of_one_moment_stand_in_the_order_they_came(shop: Shop) -> None:
    shop.events(view(0, visitor_id="first", session_id="S"))
    shop.worker.work_off()
    shop.events(view(0, visitor_id="second", session_id="S"))
    shop.worker.work_off()
    assert shop.session("S")["visitor_id"] == "first"

    # In one batch too, whatever form they come in: one format is read after another.
    shop.events(view(0, visitor_id="other"))
    of_visit = {"$session_id": "T", "distinct_id": "posthog"}
    viewed = {"event": "$pageview", "timestamp": NOW.isoformat(), "uuid": "u", "properties": of_visit}
    shop.client.post("/batch/", json={"api_key": shop.write_key, "batch": [viewed]})
    shop.events(view(0, visitor_id="plain", session_id="T"))
    shop.worker.work_off()
    assert (shop.session("T")["events_seen"], shop.session("T")["visitor_id"]) == (2, "posthog")


def test_a_model_that_guesses_so_early_is_said_to(shop: Shop) -> None:
    shop.events(*(view(i * 20, product_id="A", price=20.0, event_id=str(i)) for i in range(4)))
    shop.worker.work_off()
    features = shop.visitor("V")["features"]
    assert shop.visitor("V")["accuracy"]["warning"] is None

    def accuracy(low: float, value: float, high: float, buyers: int) -> dict[str, Any]:
        area = {"value": value, "low": low, "high": high, "n": 90, "unit": "score"}
        row = {"k": 3, "regime": "before_cart", "n": 90, "buyers": buyers, "metrics": {"roc_auc": area}}
        told = early_figures(cast("Manifest", SimpleNamespace(early=(row,))), features)
        assert told is not None
        return told

    guessing = accuracy(0.41, 0.48, 0.55, buyers=40)
    assert guessing["warning"] == "This model does no better than guessing after 3 events. Don't act on it."
    assert guessing["roc_auc_interval"] == [0.41, 0.55]
    assert accuracy(0.49, 0.58, 0.66, buyers=40)["warning"] == guessing["warning"]
    few = "With 12 buyers, its test after 3 events can't show that the model does better than guessing."
    assert accuracy(0.41, 0.58, 0.75, buyers=12)["warning"] == f"{few} Don't act on it."
    assert accuracy(0.51, 0.58, 0.66, buyers=40)["warning"] is None


def test_a_batch_a_day_late_is_a_visit_that_ends_with_the_next_silence(shop: Shop) -> None:
    shop.events(view(-86_400))
    shop.worker.work_off()
    assert shop.visitor("V")["state"] == "running"

    shop.worker.close_idle(int((datetime.now(UTC) + timedelta(minutes=31)).timestamp() * 1e6))
    assert shop.visitor("V")["state"] == "over"


def test_nobody_is_joined_with_anybody(shop: Shop) -> None:
    shop.events(
        view(0, visitor_id="b1", previous_id="anonymous"), view(5, visitor_id="anonymous", session_id="S")
    )
    shop.worker.work_off()

    assert shop.rows("SELECT * FROM people") == []
    assert sessions(shop) == [("S", 1), (name_of(0, "b1"), 1)]


def test_currencies_with_a_rate_and_the_team_s_own_visits_follow_the_settings(tmp_path: Path) -> None:
    set_to = {"rates": {"USD": 0.5}, "internal": {"page": ["*/office*"]}}
    for shop in shop_at(tmp_path, min_free_bytes=0, **set_to):
        shop.events(view(0, visitor_id="U", price=10, currency="USD"))
        shop.events(view(0, visitor_id="T", page="https://shop.example/Office/x"))
        shop.worker.work_off()

        assert shop.visitor("U")["features"]["price_mean"] == 5
        assert shop.visitor("T")["state"] == "robot"


def test_the_main_currency_is_that_of_most_orders() -> None:
    def event(kind: str, currency: str) -> Event:
        cells = dict.fromkeys(AT)
        return tuple({**cells, "event_type": kind, "currency": currency}.values())

    told = Filled()
    told.add_currencies([event("product_view", "JPY")] * 3 + [event("purchase", "EUR")])
    amounts = told.money(Settings(_env_file=None))
    assert (amounts.currency, amounts.are_mixed) == ("EUR", False), "no amount is in yen"


def test_what_is_scored_is_skipped_if_it_is_still_there(shop: Shop) -> None:
    shop.events(view(0, event_id="1"))
    before = list(shop.worker._inbox.execute("SELECT * FROM inbox"))
    shop.worker.work_off()
    marks = ", ".join("?" * len(before[0]))
    shop.worker._inbox.executemany(f"INSERT INTO inbox VALUES ({marks})", before)  # as before a power cut
    shop.worker._connection.execute("DELETE FROM seen")

    again = Processor(shop.settings)
    assert again.work_off() == 0
    again.close()
    assert shop.visitor("V")["events_seen"] == 1
    assert shop.visitor("V")["waiting"] == 0
    shop.events(view(10, event_id="2"))
    assert shop.worker.work_off() == 1


def test_an_inbox_that_was_made_anew_is_read_from_its_beginning(sqlite_shop: Shop) -> None:
    shop = sqlite_shop
    shop.events(view(0, event_id="1"), view(5, event_id="2"))
    shop.worker.work_off()
    shop.worker._inbox.execute("DELETE FROM sqlite_sequence")
    shop.events(view(10, event_id="3"))

    again = Processor(shop.settings)
    assert again.work_off() == 1
    again.close()
