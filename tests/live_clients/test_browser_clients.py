"""Tracking SDKs for browsers as they are, in Chromium, on a page of another origin (``make live-clients``).

Each sends the visit to its address and nothing else is changed; the page is left with the order, at once.
"""

from __future__ import annotations

import csv
import time
from collections.abc import Iterator
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

from core.base.settings import Settings
from core.bundle.predictor import GOING_ON, Predictor
from core.live.database import reader
from core.live.keys import make_key
from core.live.schema import EVENT_COLUMNS
from tests.browser.conftest import PATIENCE_MS
from tests.core.live.test_real_clients import keys, server, visitor
from tests.core.live.test_same_numbers import COLUMNS, MATOMO, MATOMO_UNKNOWN, VISIT, Row, read, same
from tests.live_clients.shop_pages import bundled, shop_pages
from tests.serving import Server, wait_until

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Response

__all__ = ["keys", "server"]

HERE = Path(__file__).parent
ESBUILD = HERE / "node_modules" / ".bin" / "esbuild"
pytestmark = [
    pytest.mark.server,
    pytest.mark.browser,
    pytest.mark.skipif(not ESBUILD.exists(), reason="the SDKs are installed by make live-clients"),
]
AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0"
#: What an SDK sends by itself, before the visit and after it.
OF_ITSELF: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {"posthog": (("page_view",), ("other",))}
COLUMNS_TOLD = [name for name in EVENT_COLUMNS if name not in ("session_id", "date", "order", "utc_offset")]
#: Matomo's actions are named by what they are: no lists, nothing put into a cart.
#: Snowplow's products have a currency of their own.
IN_EUR = [step | {"currency": "EUR"} if "price" in step else step for step in VISIT]
STEPS = {"matomo": MATOMO, "snowplow": IN_EUR, "snowplow_enhanced": IN_EUR}
UNKNOWN = {"matomo": MATOMO_UNKNOWN}


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = bundled(HERE / "browser.mjs", ESBUILD, tmp_path_factory.mktemp("shop"))
    with shop_pages(folder) as url:
        yield url


@pytest.mark.parametrize(
    "client", ["segment", "rudder", "posthog", "snowplow", "snowplow_enhanced", "matomo"]
)
def test_a_browser_s_visit_has_the_numbers_of_a_canonical_csv(
    server: Server,
    keys: tuple[Path, str, str],
    origin: str,
    chromium: Browser,
    tmp_path: Path,
    client: str,
) -> None:
    sends_a_visit(server, keys, origin, chromium, tmp_path, client, leaves_at_once=True)


def sends_a_visit(
    server: Server,
    keys: tuple[Path, str, str],
    origin: str,
    chromium: Browser,
    tmp_path: Path,
    client: str,
    *,
    leaves_at_once: bool,
) -> None:
    """Let an SDK send the visit, and see that it has the numbers of the same events in a canonical CSV.

    Whether what it sends as it leaves arrives is the browser's choice, on a busy machine above all.
    """
    settings, secret = Settings(data_dir=keys[0]), keys[2]
    source, write = make_key(settings, kind="write", name=client, origins=(origin,))
    first, last = OF_ITSELF.get(client, ((), ()))
    steps = [*map(of_type, first), *STEPS.get(client, VISIT), *map(of_type, last)]
    # A window without a frame calls itself a robot.
    context = chromium.new_context(user_agent=AGENT)
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    page.goto(f"{origin}/shoes")
    page.evaluate("([client, url, key]) => begin(client, url, key)", [client, server.url, write])
    name = page.evaluate("visitor()")
    begun = time.time()
    for step in range(3):
        with page.expect_response(is_taken) if client != "posthog" else nullcontext():
            page.evaluate("(i) => { step(i); }", step)
    if leaves_at_once:
        page.evaluate("() => { step(3); location.href = 'about:blank'; }")
    else:
        with page.expect_response(is_taken):
            page.evaluate("() => { step(3); }")
    ended = time.time()

    def events() -> list[Row]:
        names = ", ".join(f'"{column}"' for column in EVENT_COLUMNS)
        query = f'SELECT {names} FROM events WHERE source = ? ORDER BY "timestamp", n'
        found = reader(settings).execute(query, [source.id]).fetchall()
        return [dict(zip(EVENT_COLUMNS, row, strict=True)) for row in found]

    wait_until(lambda: len(events()) >= len(steps), what=f"the events of {client}")
    context.close()
    sent = events()
    assert [{name: event[name] for name in COLUMNS} for event in sent] == [
        {name: step.get(name) for name in COLUMNS} for step in steps
    ]
    assert all(begun - 60 < event["timestamp"] / 1e6 < ended + 60 for event in sent)

    wanted = written(sent, tmp_path, settings) | dict.fromkeys(UNKNOWN.get(client, ()))
    answer = visitor(server, secret, name)
    same(answer["features"], wanted)
    assert (answer["purchased"], answer["step"]) == (True, "bought")
    asked = pa.Table.from_pylist([wanted]).append_column(GOING_ON, pa.array([True]))
    (prediction,) = Predictor.load(settings=settings).predict(asked).to_pylist()
    assert answer["probability"] == pytest.approx(prediction["purchase_probability"], abs=1e-6)
    assert answer["revenue_if_purchase"] == pytest.approx(prediction["revenue_if_purchase"], abs=1e-6)


def is_taken(response: Response) -> bool:
    """Whether an event was answered; PostHog gathers them until the page is left."""
    return response.ok and (response.request.method == "POST" or "matomo" in response.url)


def of_type(kind: str) -> Row:
    return {"event_type": kind}


def written(events: list[Row], folder: Path, settings: Settings) -> Row:
    """Return the session row of the same events, written as a canonical CSV."""
    names = [name for name in COLUMNS_TOLD if any(event[name] is not None for event in events)]
    path = folder / "visit.csv"
    with path.open("w", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["session_id", *names])
        for event in events:
            at = datetime.fromtimestamp(event["timestamp"] / 1e6, UTC).isoformat()
            writer.writerow(["S", *(at if name == "timestamp" else event[name] for name in names)])
    return read(path, settings)
