"""A shop that sends, with rules that follow its scores, and a receiver of webhooks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from core.live.processing import Processor
from core.rules.acting import Acting
from core.rules.repository import save, switch
from core.rules.rule import Action, Rule
from tests.core.live.conftest import Shop, live_database, shop_at
from tests.serving import answering

__all__ = ["live_database"]

#: Pauses so short that an hour of them takes a second.
QUICK = {"webhook_private": True, "webhook_retry_seconds": 0.02, "webhook_timeout_seconds": 5.0}


@dataclass
class Receiver:
    """A shop's server that takes webhooks; ``status`` is what it answers."""

    url: str
    status: int = 204
    headers: dict[str, str] = field(default_factory=dict)
    requests: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    @property
    def ids(self) -> list[str]:
        """The ids of what came, in their order."""
        return [headers["webhook-id"] for headers, _ in self.requests]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Return a receiver on this machine."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            made.requests.append(({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(made.status)
            for name, value in made.headers.items():
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Stay quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made = Receiver(f"http://127.0.0.1:{server.server_port}/hook?shop=1")
    with answering(server):
        yield made


@dataclass
class RuledShop(Shop):
    """A shop whose worker lets rules act; time passes when it is told to."""

    acting: Acting

    def rule(self, **more: Any) -> Rule:
        """Make a rule that is on; nobody is held out unless told so."""
        made = save(self.settings, Rule(**{"name": "Hesitating", "held_out": 0.0, **more}))
        return switch(self.settings, made.id, on=True)

    def shop(self, visitor: str, *types: str, **more: Any) -> None:
        """Send events of a visitor, a second apart, the last one now, and score them."""
        began = datetime.now(UTC) - timedelta(seconds=len(types) - 1)
        item = {"product_id": "A", "category": "Shoes", "price": 20.0, "quantity": 3, "currency": "EUR"}
        self.events(
            *(
                {
                    "visitor_id": visitor,
                    "event_type": kind,
                    "timestamp": (began + timedelta(seconds=place)).isoformat(),
                    **({} if kind == "page_view" else item),
                    **({"revenue": 60.0} if kind == "purchase" else {}),
                    **more,
                }
                for place, kind in enumerate(types)
            )
        )
        self.worker.work_off()

    def everybody(self, visitors: list[str], kind: str, **more: Any) -> None:
        """Send an event of each of some visitors that happens now, and score them together."""
        now = datetime.now(UTC).isoformat()
        item = {} if kind == "page_view" else {"product_id": "A", "price": 20.0, "quantity": 3}
        paid = {"revenue": 60.0} if kind == "purchase" else {}
        event = {"event_type": kind, "timestamp": now, "currency": "EUR", **item, **paid, **more}
        self.events(*({"visitor_id": visitor, **event} for visitor in visitors))
        self.worker.work_off()

    def later(self, minutes: float) -> None:
        """Let rules see that so many minutes have passed."""
        self.acting.tick(int((datetime.now(UTC) + timedelta(minutes=minutes)).timestamp() * 1e6))

    def firings(self, columns: str = "visitor, status") -> list[tuple[Any, ...]]:
        """Return the firings there are, in their order."""
        return self.rows(f"SELECT {columns} FROM firings ORDER BY fired_at, visitor")


def ruled(folder: Path, *, sends: bool = False, **settings: Any) -> Iterator[RuledShop]:
    """Yield a shop with rules in a folder."""
    for shop in shop_at(folder, min_free_bytes=0, **{**QUICK, **settings}):
        acting = Acting(shop.settings, sends=sends)
        worker = Processor(shop.settings, follower=acting)
        worker._reader = shop.worker._reader
        yield RuledShop(
            shop.settings, shop.client, shop.source, shop.write_key, shop.secret_key, worker, acting
        )
        acting.close()
        worker.close()


@pytest.fixture
def shop(tmp_path: Path, live_database: str | None) -> Iterator[RuledShop]:
    """Return a shop whose rules fire, and nothing is sent; on each of the two databases."""
    yield from ruled(tmp_path, live_database=live_database)


@pytest.fixture
def sending(tmp_path: Path, live_database: str | None) -> Iterator[RuledShop]:
    """Return a shop whose rules fire, and what they say is sent; on each of the two databases."""
    yield from ruled(tmp_path, sends=True, live_database=live_database)


def webhook(receiver: Receiver, **more: Any) -> Action:
    """Return what sends to a receiver."""
    return Action(kind="webhook", url=receiver.url, **more)
