"""The Live page over HTTP: keys, the first event arriving, visits, one visit, the quarantine."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from typing import Any

import pytest

from core.base.settings import get_settings
from core.live.closing import growing
from core.live.keys import keys
from core.live.overview import shop_now
from core.live.processing import Processor
from tests.core.whatif.shop import Shop
from tests.pages.dashing import Client, Page, control

PATH = "/live"


@pytest.fixture(scope="module", autouse=True)
def each_looks_anew() -> Iterator[None]:
    """Let no page see what another was shown a moment ago."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shop_now, "SHARED", -1.0)
        yield


@pytest.fixture(scope="module")
def worker(shop: Shop) -> Iterator[Processor]:
    made = Processor(get_settings())
    yield made
    made.close()


def make(page: Page, **values: str) -> str:
    answer = page.call(
        "live-key-made.children",
        "live-key-make.n_clicks",
        {
            "live-key-make.n_clicks": 1,
            "live-key-name.value": values.get("name", "Web shop"),
            "live-key-kind.value": values.get("kind", "write"),
            "live-key-origin.value": values.get("origin", ""),
            "_pages_location.href": "http://127.0.0.1/live",
        },
    )
    return json.dumps(answer, ensure_ascii=False)


def refresh(
    page: Page,
    order: str = "probability",
    chosen: str | None = None,
    *,
    kind: str = "auto",
    waits: bool = False,
    judged_at: float | None = None,
) -> dict[str, Any]:
    return page.call(
        "live-now.children",
        "live-clock.data",
        {"live-clock.data": 1796007049123, "live-sort.value": order,
         "live-kind.value": kind, "live-list-page.data": 0, "live-chosen.data": chosen,
         "live-judged-at.data": time.time() if judged_at is None else judged_at,
         "live-visit-scored.data": None, "live-waits-for-first.data": waits},
    )  # fmt: skip


def test_from_no_key_to_the_first_event_and_its_visit(client: Client, worker: Processor) -> None:
    page = Page(client, PATH)
    assert "Send your first event" in page.text()
    assert "Nobody is in the shop right now" in page.text()

    answer = page.call(
        "live-first-made.children",
        "live-first-make.n_clicks",
        {"live-first-make.n_clicks": 1, "_pages_location.href": "https://predictor.example/live"},
    )
    said = json.dumps(answer, ensure_ascii=False)
    assert 'src=\\"https://predictor.example/assets/tracker.js\\"' in said
    assert "We heard from you" not in json.dumps(refresh(page, waits=True))
    # The first event takes only the place of what waits for it: the key can still be copied.
    waiting = json.dumps(page.find("live-first"), ensure_ascii=False)
    assert "Waiting for the first event from your shop" in waiting
    assert "live-first-made" not in waiting
    key = re.search(r"wk_[\w-]{20,}", said)[0]  # type: ignore[index]
    assert f"Authorization: Bearer {key}" in said
    assert key not in Page(client, PATH).text()

    body = {"events": [{"event_type": "product_view", "visitor_id": "me", "product_id": "A1", "price": 39.9},
                       {"event_type": "hop", "visitor_id": "me"}]}  # fmt: skip
    headers = {"authorization": f"Bearer {key}"}
    assert client.request("POST", "/api/live/events", json=body, headers=headers).json()["accepted"] == 1
    worker.work_off()

    told = json.dumps(refresh(page, waits=True), ensure_ascii=False)
    assert "We heard from you" in told
    assert "Last event" in told
    assert '"data-shown": "1796007049123"' in told
    assert "Visitors now" in told
    assert "“hop” isn't an event type" in told
    text = Page(client, PATH).text()
    assert "Send your first event" not in text
    assert "Looking at products" in text


def test_how_early_predictions_turned_out_is_looked_at_again_after_a_while(client: Client) -> None:
    page = Page(client, PATH)
    assert "live-judged" not in refresh(page)
    assert "live-judged" in refresh(page, judged_at=time.time() - 31)


def test_one_visit_shows_its_events_and_why(client: Client, worker: Processor) -> None:
    name = re.search(r"me@[\dT:Z-]+", Page(client, PATH).text())[0]  # type: ignore[index]
    text = Page(client, f"{PATH}?session={name}").text()

    assert f"Visit {name}" in text
    assert "Probability after each event" in text
    assert "Product page" in text
    assert "Why" in text
    assert "isn't known" in Page(client, f"{PATH}?session=nobody").text()


def test_a_key_that_can_t_be_made_says_why_and_one_can_be_revoked(client: Client) -> None:
    page = Page(client, PATH)
    assert "The key needs a name" in make(page, name="")
    assert "isn't an origin" in make(page, origin="shop")
    made = make(page, name="Scores", kind="secret")
    assert re.search(r"sk_[\w-]{20,}", made)

    page = Page(client, PATH)
    buttons = [(props["id"], None) for props in page.matching("live-key-revoke")]
    (secret,) = [key for key in keys(get_settings()) if key.kind == "secret"]
    chosen = {"type": "live-key-revoke", "key": secret.id}
    values = [(identity, 1 if identity == chosen else None) for identity, _ in buttons]
    triggered = control(**chosen) + ".n_clicks"
    page.call("live-keys.children@", triggered, {"live-key-revoke": values})
    assert [key.revoked_at is not None for key in keys(get_settings()) if key.kind == "secret"] == [True]


def test_the_demo_shop_is_played_by_a_switch_and_called_synthetic(client: Client, worker: Processor) -> None:
    from core.live import demo

    page = Page(client, PATH)
    switched = page.call(
        "live-demo.value", "live-demo.value", {"live-demo.value": True, "live-kind.value": "auto"}
    )
    assert switched["live-kind"]["value"] == "demo"
    demo.play(get_settings())
    worker.work_off()
    page = Page(client, PATH)
    assert page.find("live-demo")["value"] is True
    visit = re.search(r"demo-\d+-\d+", json.dumps(refresh(page, kind="demo")))[0]  # type: ignore[index]
    opened = Page(client, f"{PATH}?session={visit}")
    assert ("synthetic demo shop" in opened.text(), opened.find("live-kind")["value"]) == (True, "demo")
    page.call("live-demo.value", "live-demo.value", {"live-demo.value": False, "live-kind.value": "demo"})
    assert not demo.is_on(get_settings())


def test_visits_that_are_over_become_a_dataset_when_asked_for(client: Client, worker: Processor) -> None:
    assert "Add finished visits now" not in Page(client, PATH).text()
    assert worker.close_idle((time.time_ns() // 1000) + 3 * 3_600_000_000) > 0
    page = Page(client, PATH)
    buttons = [(props["id"], None) for props in page.matching("live-grow")]
    chosen = buttons[0][0]
    values = [(identity, 1 if identity == chosen else None) for identity, _ in buttons]
    answer = page.call("live-datasets.children", control(**chosen) + ".n_clicks", {"live-grow": values})

    assert "/upload/" in json.dumps(answer)
    (grown,) = [each for each in growing(get_settings()) if each.key.id == chosen["key"]]
    assert grown.dataset is not None
    assert (grown.is_waiting, len(grown.dataset.files)) == (False, 1)
