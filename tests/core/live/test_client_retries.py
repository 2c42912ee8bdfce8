"""What tracking SDKs do when they are refused: they send again what can be taken later, and nothing else."""

from __future__ import annotations

import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from core.api import collector
from core.base.errors import CoreError, TooLargeError, TooManyEventsError, UnavailableError
from core.live import closing
from core.live.overview.shop_now import now
from core.live.trackers import Tracker
from tests.core.live.conftest import Shop
from tests.core.live.serving import served
from tests.core.live.test_real_clients import CALLS, CLIENTS
from tests.core.live.test_same_numbers import START, VISIT, at, canonical, same
from tests.serving import wait_until

pytestmark = pytest.mark.server
SECONDS = 120
#: Seconds that a queue waited: three days.
DAYS = 3 * 86_400
#: SDKs send from threads of their own, and give up what waits when they are told to end.
ENDS, STAYS = ("analytics.shutdown()", "posthog.shutdown()"), "sys.stdin.read()"


@pytest.fixture
def answered(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[int]]:
    """Return what is answered to the requests of each SDK, by the format they come in."""
    given: dict[str, list[int]] = defaultdict(list)
    whole = collector._take

    async def noting(request: Any, tracker: Tracker) -> Any:
        answer = await whole(request, tracker)
        given[_client(request, tracker)].append(answer.status_code)
        return answer

    monkeypatch.setattr(collector, "_take", noting)
    return given


def _client(request: Any, tracker: Tracker) -> str:
    """Return which SDK a request is of: two of them speak Segment's language, one of those compressed."""
    return "rudder" if request.headers.get("content-encoding") == "gzip" else tracker.format


def refusing(monkeypatch: pytest.MonkeyPatch, *errors: CoreError) -> None:
    """Refuse the first requests of each SDK."""
    whole: Callable[..., Any] = collector.collect
    left: dict[str, list[CoreError]] = defaultdict(lambda: list(errors))

    def collect(settings: Any, tracker: Tracker, body: bytes, request: Any) -> Any:
        if waiting := left[_client(request, tracker)]:
            raise waiting.pop(0)
        return whole(settings, tracker, body, request)

    monkeypatch.setattr(collector, "collect", collect)
    monkeypatch.setattr(collector, "RETRY_AFTER", dict.fromkeys((TooManyEventsError, UnavailableError), "1"))


def started(
    client: str, url: str, key: str, folder: Path, *, stays: bool, begun: datetime = START
) -> subprocess.Popen[bytes]:
    script = CALLS + CLIENTS[client]
    for end in ENDS if stays else ():
        script = script.replace(end, "")
    path = folder / f"send_{client}.py"
    path.write_text(script + (STAYS if stays else ""))
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    command = [sys.executable, str(path), url, key, begun.isoformat()]
    return subprocess.Popen(command, stdin=subprocess.PIPE, **quiet)


def test_after_503_and_429_what_waited_for_days_is_sent_again_and_counts_once_on_its_day(
    sqlite_shop: Shop, tmp_path: Path, answered: dict[str, list[int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    shop, begun = sqlite_shop, START - timedelta(seconds=DAYS)
    refusing(monkeypatch, UnavailableError("away"), TooManyEventsError("too many"))
    with served(shop) as server, ExitStack() as running:
        for client in CLIENTS:
            process = started(client, server.url, shop.write_key, tmp_path, stays=True, begun=begun)
            running.enter_context(process)
            running.callback(process.kill)
        for client in CLIENTS:
            wait_until(
                lambda name=client: shop.visitor(name).get("events_seen") == len(VISIT),
                seconds=SECONDS, what=f"the visit of {client}",
            )  # fmt: skip
    assert set(answered) == set(CLIENTS)
    assert all(statuses[:2] == [503, 429] and 200 in statuses for statuses in answered.values())

    steps = [step | {"at": step["at"] - DAYS} for step in VISIT]
    wanted = canonical(shop.settings, tmp_path / "csv", steps, set())
    for client in CLIENTS:
        same(shop.visitor(client)["features"], wanted)
    looked = now(shop.settings)
    assert (looked.n_running, looked.n_late) == (0, len(CLIENTS))
    soon = datetime.now(UTC) + timedelta(minutes=2 * shop.settings.session_gap_minutes)
    assert shop.worker.close_idle(round(soon.timestamp() * 1e6)) == len(CLIENTS)
    monkeypatch.setattr(closing, "submit", lambda *_, **__: None)
    dataset = closing.grow(shop.settings, shop.source)
    assert dataset is not None
    days = pq.read_table(dataset.files[0].path, columns=["timestamp"])["timestamp"].to_pylist()
    assert sorted(days) == sorted([at(step["at"]).replace(tzinfo=None) for step in steps] * len(CLIENTS))


def test_what_no_other_try_can_change_is_not_tried_again(
    sqlite_shop: Shop, tmp_path: Path, answered: dict[str, list[int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = sqlite_shop
    refusing(monkeypatch, *[TooLargeError("too large")] * 9)
    with served(shop) as server, ExitStack() as running:
        processes = [
            running.enter_context(started(client, server.url, shop.write_key, tmp_path, stays=False))
            for client in CLIENTS
        ]
        assert [process.wait(SECONDS) for process in processes] == [0] * len(CLIENTS)
    assert answered == {"segment": [413], "rudder": [413], "posthog": [413], "snowplow": [400]}
