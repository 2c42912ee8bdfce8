"""How much, and for how long, the provider may answer: a slow or endless answer holds nobody up."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import httpx2

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

#: Seconds until the provider has to have begun, or gone on.
TIMEOUT_SECONDS = 5.0
#: Seconds until the whole of an answer has to be here.
WHOLE_SECONDS = 10.0
#: Bytes of the longest answer: documents, keys and tokens are a few thousand.
MOST_BYTES = 1_000_000


class _Bounded(httpx2.SyncByteStream):
    """An answer's bytes, up to a number and a time."""

    def __init__(self, stream: Any) -> None:  # noqa: ANN401 - httpx2's, of any transport
        self._stream = stream
        self._until = time.monotonic() + WHOLE_SECONDS

    def __iter__(self) -> Iterator[bytes]:
        taken = 0
        for part in self._stream:
            taken += len(part)
            if taken > MOST_BYTES:
                raise httpx2.ReadError(f"The answer is longer than {MOST_BYTES} bytes.")
            if time.monotonic() > self._until:
                raise httpx2.ReadTimeout(f"The answer took longer than {WHOLE_SECONDS:g} seconds.")
            yield part

    def close(self) -> None:
        self._stream.close()


def _bound(answer: httpx2.Response) -> None:
    answer.stream = _Bounded(answer.stream)


def hooks() -> Mapping[str, list[Callable[..., Any]]]:
    """Return the event hooks of a client whose answers are bounded."""
    return {"response": [_bound]}
