"""A batch that is only looked over is taken or refused as one that is read."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from core.base.errors import CoreError
from core.live import collecting
from core.live.collecting import MOST_WHOLE, collect
from core.live.trackers import POSTHOG, SEGMENT, Request, Tracker
from core.live.trackers.bodies import outline
from tests.core.live.conftest import Shop

EVENT = b'{"type":"track","event":"x","anonymousId":"V"}'


@pytest.mark.parametrize("tracker", [SEGMENT, POSTHOG], ids=["segment", "posthog"])
@pytest.mark.parametrize(
    "body",
    [
        b'{"batch":[%e,%e],"%k":"KEY"}',
        b'{"batch":[{"a":NaN},{"b":{"batch":[1]}}],"%k":"KEY","context":{"c":1}}',
        b'{"batch":[%e,3,null],"%k":"KEY"}',
        b'{"batch":"[{},{}]","%k":"KEY"}',
        b'{"batch":[{"properties":{"token":"KEY"}},%e]}',
        b'{"batch":[%e],"batch":[%e,%e],"%k":"no key","%k":"KEY"}',
        b'{"batch":[%e],"data":[%e,%e],"%k":"KEY"}',
        b'{"batch":[%e],"%k":""}',
        b'{"batch":[%e],"%k":{"a":1}}',
        b'{"batch":[],"%k":"KEY"}',
        b'{"batch":{"a":1},"%k":"KEY"}',
        b'{"batch":[%e],"%k":"KEY"',
        b'{"batch":[{"a":"\\ud800"}],"%k":"KEY"}',
        b'{"batch":[{"a":' + b"[" * 300 + b"]" * 300 + b'}],"%k":"KEY"}',
        b'{"batch":[' + b",".join([EVENT] * (MOST_WHOLE + 1)) + b'],"%k":"KEY"}',
        b'[%e,{"properties":{"token":"KEY"}}]',
    ],
    ids=lambda body: body[:40].decode(),
)
def test_it_says_the_same(
    sqlite_shop: Shop, monkeypatch: pytest.MonkeyPatch, tracker: Tracker, body: bytes
) -> None:
    name = b"writeKey" if tracker is SEGMENT else b"api_key"
    sent = body.replace(b"%e", EVENT).replace(b"%k", name).replace(b"KEY", sqlite_shop.write_key.encode())
    request = Request(path="/v1/batch", query={}, headers={}, received=datetime.now(UTC))

    def said() -> object:
        try:
            collected = collect(sqlite_shop.settings, tracker, sent, request)
        except CoreError as error:
            return error.code
        collected.written.result(timeout=60)
        return collected.accepted, collected.refused, sqlite_shop.inbox()

    def emptied(found: object) -> object:
        sqlite_shop.worker._inbox.execute("DELETE FROM inbox")
        return found

    over = emptied(said())
    monkeypatch.setattr(collecting, "outline", lambda _: None)
    assert over == emptied(said())


def test_it_leaves_out_what_is_in_the_events() -> None:
    found = outline(b'{"batch":[{"a":[1,2]},{}],"writeKey":"k","context":{"page":{"url":"u"}}}')
    assert found == {"batch": [{}, {}], "writeKey": "k", "context": {"page": {"url": "u"}}}
    assert outline(b"[]") is None
