"""What every tracker's requests come down to: events, a key, and when they were sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any, Protocol
from urllib.parse import parse_qs, urlsplit

#: Clocks that are off by less are right: what is left is the time events were on their way.
LEAST_SKEW = timedelta(seconds=30)
#: Millionths of a second since 1970 until which a number is taken for seconds.
_MILLISECONDS_FROM = 1e11
_SEEN_HEADERS = ("user-agent", "sentat")
#: What is said of an event with no id of a browser, an account or a visit.
NOBODY = "It names no visitor: its tracker sent no id, as without cookies. Let it send one of your own."


@dataclass(frozen=True, kw_only=True)
class Request:
    """A request to the collector; ``headers`` by their names in small letters."""

    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    received: datetime

    @property
    def seen(self) -> dict[str, Any]:
        """What trackers see of it besides its body and when it came: nothing of who may send."""
        headers = {name: self.headers[name] for name in _SEEN_HEADERS if name in self.headers}
        return {"path": self.path, "query": dict(self.query), "headers": headers}

    @cached_property
    def received_text(self) -> str:
        """When it came, as ISO 8601: the same for all of its events."""
        return iso(self.received)

    @property
    def user_agent(self) -> str | None:
        """The visitor's browser; None where a program of the shop's sends."""
        agent = self.headers.get("user-agent", "")
        return agent if agent.startswith("Mozilla/") else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """The events of a request, the key it was sent with, and when that was by the sender's clock."""

    events: list[Any]
    key: str | None = None
    sent: datetime | None = None
    shared: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One event as its source's export has it.

    ``message`` is the same for every delivery of it, None where the source has no such id. ``links`` are
    pairs of an id and the visitor it stands for.
    """

    content: dict[str, Any]
    message: str | None
    links: tuple[tuple[str, str], ...] = ()


class Tracker(Protocol):
    """One source of events; ``format`` is the key of the format that reads its records."""

    @property
    def format(self) -> str:
        """The key of a format of ``core.ingest``, or ``live`` for canonical events."""
        ...

    def batch(self, payload: Any, request: Request) -> Batch:  # noqa: ANN401
        """Return the events of a request; ``payload`` is its body, None without one."""
        ...

    def record(self, event: dict[str, Any], batch: Batch, request: Request) -> Record:
        """Return an event as a record; ValueError with the reason where it can't be one."""
        ...


def text(value: object) -> str | None:
    """Return an id as text; None where there is none."""
    if value is None or isinstance(value, bool | dict | list):
        return None
    return str(value).strip() or None


def url_parameters(url: object) -> dict[str, str]:
    """Return the parameters of a page's address; none where it can't be read."""
    try:
        found = parse_qs(urlsplit(url).query, max_num_fields=1000) if isinstance(url, str) else {}
    except ValueError:
        return {}
    return {name: values[0] for name, values in found.items()}


def moment(value: object) -> datetime | None:
    """Return a time however SDKs write it: ISO 8601, or seconds or milliseconds since 1970."""
    if value is None or isinstance(value, bool):
        return None
    try:
        if isinstance(value, int | float) or str(value).replace(".", "", 1).isdigit():
            number = float(str(value))
            return datetime.fromtimestamp(number / 1000 if number > _MILLISECONDS_FROM else number, UTC)
        made = datetime.fromisoformat(str(value))
    except (ValueError, OverflowError, OSError):
        return None
    return made if made.tzinfo else made.replace(tzinfo=UTC)


def iso(at: datetime) -> str:
    """Return a moment as ISO 8601 in UTC, to the microsecond."""
    return f"{at.astimezone(UTC).isoformat(timespec='microseconds').removesuffix('+00:00')}Z"


def by_our_clock(happened: datetime, sent: datetime | None, received: datetime) -> datetime:
    """Return when an event happened by our clock, from when it was sent by the sender's.

    Clocks are put right by whole minutes, so that the pauses between events of one visit, which come
    in several requests, stay what they were. A sent time before the event proves nothing about a clock.
    """
    if sent is None or sent < happened:
        return happened
    off = received - sent
    if abs(off) < LEAST_SKEW:
        return happened
    return happened + timedelta(minutes=round(off / timedelta(minutes=1)))
