"""Client of the Smart Customer Session Predictor for a shop's own server: send events, read scores.

One file with nothing but the standard library, so that it can be copied into a shop's code, or installed from
this folder, without anything of the product itself.

>>> from session_predictor import Client
>>> shop = Client(url, write_key=write_key, secret_key=secret_key)
>>> event = {"event_type": "cart_add", "visitor_id": "v1", "product_id": "A1", "price": 39.9, "quantity": 1}
>>> shop.send([event]).accepted
1
>>> for score in shop.scores(after="0"):  # without `after` from now on; goes on until it is left
...     print(score.visitor_id, score.step, score.events_seen)
...     break
v1 cart 1
>>> score = shop.score(visitor_id="v1")
>>> 0 < score.probability < 1
True
>>> shop.score(visitor_id="nobody").state
'unknown'
"""

from __future__ import annotations

import http.client
import json
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

__all__ = ["Client", "PredictorError", "Score", "Sent"]

#: Events in one request at most.
TOGETHER = 1_000
#: Tries of a request, and the seconds between them: the first, which doubles up to the longest.
TRIES, FIRST_PAUSE, LONGEST_PAUSE = 6, 0.5, 15.0
#: Answers that another try may mend: too many at once, no room on the disk, a server that is starting.
TRY_AGAIN = frozenset({429, 502, 503, 504})
#: Seconds after which a silent stream counts as broken; it gives a sign of life every ten.
SILENT = 30.0
_Fault = (OSError, http.client.HTTPException)


class PredictorError(Exception):
    """The server refused a request, or can't be reached.

    ``status`` is the HTTP status, None without an answer; ``remedy`` says what to do, where that is known.
    """

    def __init__(self, message: str, *, status: int | None = None, remedy: str | None = None) -> None:
        super().__init__(f"{message} {remedy}" if remedy else message)
        self.status = status
        self.remedy = remedy


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What became of events: how many were taken, and of others the place and the reason."""

    accepted: int
    refused: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """The score of a session; of one that isn't known, ``state`` is "unknown" and all else None.

    ``probability`` (0 to 1) is that it still ends in a purchase, amounts are in ``currency``,
    ``revenue_range`` is what the order comes to if it buys, lowest and highest in 8 of 10 cases. ``event_id``
    is the place in the stream, to go on from. ``raw`` is the whole answer.
    """

    state: str
    session_id: str | None = None
    visitor_id: str | None = None
    source: str | None = None
    step: str | None = None
    purchased: bool | None = None
    events_seen: int | None = None
    probability: float | None = None
    expected_revenue: float | None = None
    revenue_if_purchase: float | None = None
    revenue_range: tuple[float | None, float | None] | None = None
    currency: str | None = None
    cluster: str | None = None
    reasons: tuple[str, ...] = ()
    model: str | None = None
    event_id: str | None = None
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def read(cls, answer: Mapping[str, Any], event_id: str | None = None) -> Score:
        """Return the score in an answer of the server."""
        known = {each.name for each in fields(cls)}
        values = {name: value for name, value in answer.items() if name in known}
        low_high = answer.get("revenue_range")
        values["revenue_range"] = None if low_high is None else (low_high[0], low_high[1])
        values["reasons"] = tuple(reason["sentence"] for reason in answer.get("reasons") or ())
        return cls(**(values | {"event_id": event_id, "raw": answer}))


class Client:
    """A shop's line to one server.

    Parameters
    ----------
    url
        The server's address, such as ``https://predictor.example``.
    write_key, secret_key
        For sending, and for reading scores. A secret key belongs on a server, never into a page.
    timeout
        Seconds a single request may take.
    """

    def __init__(
        self, url: str, *, write_key: str | None = None, secret_key: str | None = None, timeout: float = 10.0
    ) -> None:
        if urlsplit(url).scheme not in {"http", "https"}:
            raise ValueError(f"{url!r} is no address of a server: it begins with http:// or https://.")
        self._url = url.rstrip("/")
        self._write_key, self._secret_key, self._timeout = write_key, secret_key, timeout

    def send(self, events: Iterable[Mapping[str, Any]]) -> Sent:
        """Send events; once this returns, those accepted are on the server's disk.

        What fails for the moment is sent again, and counts once all the same: an event without an
        ``event_id`` gets one, and one without a ``timestamp`` (a time with a zone, or text of ISO 8601) the
        time of now.

        Raises
        ------
        PredictorError
            If the server doesn't take them; events before those in the same call may have been taken.
        """
        key = _given(self._write_key, "write")
        now = datetime.now(UTC)
        whole = [{"event_id": uuid.uuid4().hex, "timestamp": now, **event} for event in events]
        accepted, refused = 0, []
        for first in range(0, len(whole), TOGETHER):
            part = whole[first : first + TOGETHER]
            answer = self._again("/api/live/events", key, {"events": part})
            accepted += answer["accepted"]
            refused += [(first + each["index"], each["reason"]) for each in answer["refused"]]
        return Sent(accepted=accepted, refused=tuple(refused))

    def score(self, *, session_id: str | None = None, visitor_id: str | None = None) -> Score:
        """Return the score of a session, or of a visitor's latest one.

        Raises
        ------
        ValueError
            If neither or both are given.
        PredictorError
            If the server refuses, or can't be reached.
        """
        if (session_id is None) == (visitor_id is None):
            raise ValueError("Give a session_id or a visitor_id.")
        what, name = ("sessions", session_id) if visitor_id is None else ("visitors", visitor_id)
        path = f"/api/live/{what}/{quote(str(name), safe='')}"
        return Score.read(self._again(path, _given(self._secret_key, "secret")))

    def scores(
        self,
        *,
        min_probability: float = 0.0,
        source: str | None = None,
        after: str | None = None,
        on_open: Callable[[], object] | None = None,
    ) -> Iterator[Score]:
        """Yield the score of each session as it is scored, without end.

        A line that breaks is taken up again where it was left. Sessions scored while it was down come with
        their latest score.

        Parameters
        ----------
        min_probability
            Only sessions that are at least so likely to buy; 0 to 1.
        source
            Only sessions of this write key, by its id.
        after
            The ``event_id`` to go on from; "0" begins with every session there is.
        on_open
            Called whenever the line stands: what is scored from then on is heard.

        Raises
        ------
        PredictorError
            If the server refuses: of a line that breaks, or a server that is away for a while, nothing is
            heard.
        """
        key = _given(self._secret_key, "secret")
        query: dict[str, Any] = {"min_probability": min_probability}
        if source is not None:
            query["source"] = source
        path, last, pause = f"/api/live/stream?{urlencode(query)}", after, FIRST_PAUSE
        while True:
            try:
                with self._open(path, key, {"last-event-id": last} if last else {}, SILENT) as lines:
                    is_open = False
                    for last, data in _events(lines, last):  # noqa: B020 - where to go on from
                        pause = FIRST_PAUSE
                        if on_open and not is_open:
                            on_open()
                        is_open = True
                        if data is not None:
                            yield Score.read(json.loads(data), last)
            except urllib.error.HTTPError as error:
                if error.code not in TRY_AGAIN:
                    raise _refusal(error) from error
            except _Fault:
                pass  # Tried again below, from where it broke.
            time.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)

    def _again(self, path: str, key: str, content: dict[str, Any] | None = None) -> dict[str, Any]:
        """Ask, and ask again where that may help; return what was answered."""
        pause = FIRST_PAUSE
        for left in reversed(range(TRIES)):
            try:
                with self._open(path, key, {}, self._timeout, content) as answer:
                    return dict(json.load(answer))
            except urllib.error.HTTPError as error:
                if error.code not in TRY_AGAIN or not left:
                    raise _refusal(error) from error
                wait = error.headers.get("retry-after", "")
                pause = max(pause, min(float(wait), LONGEST_PAUSE)) if wait.isdecimal() else pause
            except _Fault as error:
                if not left:
                    raise PredictorError(f"{self._url} can't be reached: {error}.") from error
            time.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)
        raise AssertionError("the last try returns or raises")

    def _open(
        self,
        path: str,
        key: str,
        headers: Mapping[str, str],
        timeout: float,
        content: dict[str, Any] | None = None,
    ) -> Any:  # noqa: ANN401 - urllib's answer, which has no type of its own
        """Open an address. What is sent says when it is, each time anew, for clocks that are wrong."""
        body = None
        if content is not None:
            stamped = {**content, "sent_at": datetime.now(UTC)}
            body = json.dumps(stamped, default=_as_text, allow_nan=False).encode()
        request = urllib.request.Request(  # noqa: S310 - the scheme is checked above
            self._url + path,
            body,
            {"authorization": f"Bearer {key}", "content-type": "application/json", **headers},
        )
        return urllib.request.urlopen(request, timeout=timeout)  # noqa: S310


def _events(lines: Iterable[bytes], last: str | None) -> Iterator[tuple[str | None, str | None]]:
    """Yield the id so far and the data of each event of a stream; the data is None where there is only an id.

    Source: the HTML standard, "Interpreting an event stream".
    """
    data: list[str] = []
    for line in lines:
        name, _, value = line.decode().rstrip("\r\n").partition(":")
        value = value.removeprefix(" ")
        if name == "id":
            last = value
        elif name == "data":
            data.append(value)
        elif not name and not value and not line.startswith(b":"):
            yield last, "\n".join(data) if data else None
            data = []


def _refusal(error: urllib.error.HTTPError) -> PredictorError:
    try:
        told = json.loads(error.read())
        return PredictorError(told["message"], status=error.code, remedy=told.get("remedy"))
    except (*_Fault, ValueError, LookupError, TypeError):
        return PredictorError(f"The server answered with {error.code}.", status=error.code)


def _given(key: str | None, kind: str) -> str:
    if not key:
        raise PredictorError(f"The client has no {kind} key.", remedy=f"Make it with {kind}_key=….")
    return key


def _as_text(value: object) -> str:
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError(f"{value} has no time zone, and would be another moment on another machine.")
        return value.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} can't be sent: {value!r}. Give text or a number.")
