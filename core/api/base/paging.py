"""Lists, a page at a time: ``next`` of an answer is the ``cursor`` of the next request.

A cursor says where the page before ended, not how many came before: what is added or deleted meanwhile moves
nothing, so that nothing comes twice and nothing is left out.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated, Any, ClassVar, Generic, Protocol, TypeVar

from fastapi import Query
from pydantic import BaseModel, Field

from core.base.errors import CoreError

Item = TypeVar("Item")
Cursor = Annotated[
    str | None, Query(max_length=500, description="`next` of the page before; the first page without it.")
]
Limit = Annotated[int, Query(ge=1, le=200, description="Entries on a page.")]


class CursorError(CoreError):
    """A cursor that no answer gave, or that was given for another question."""

    code: ClassVar[str] = "cursor"

    def __init__(self, message: str = "This is no cursor of this list.", **more: Any) -> None:  # noqa: ANN401
        super().__init__(
            message, where="cursor", remedy="Send `next` of the page before, or begin without one.", **more
        )


class Page(BaseModel, Generic[Item]):
    """A page of a list; ``next`` is null on the last one."""

    items: list[Item]
    next: str | None = Field(None, description="The `cursor` of the next page; null on the last one.")


class _Made(Protocol):
    @property
    def id(self) -> str: ...
    @property
    def created_at(self) -> datetime: ...


Entry = TypeVar("Entry", bound=_Made)


def newest_first(
    ask: Callable[[tuple[datetime, str] | None, int], Sequence[Entry]],
    show: Callable[[Entry], Item],
    *,
    cursor: str | None,
    limit: int,
) -> Page[Item]:
    """Return a page of what ``ask`` returns from behind a place on, newest first, as ``show`` shows it."""
    # One more than is shown says whether there is another page.
    found = ask(_place(cursor), limit + 1)
    shown = found[:limit]
    more = len(found) > limit
    after = write_cursor(shown[-1].created_at.isoformat(), shown[-1].id) if more else None
    return Page(items=[show(entry) for entry in shown], next=after)


def write_cursor(*parts: str | int) -> str:
    """Return a cursor that says these."""
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


def read_cursor(cursor: str, *kinds: type) -> list[Any]:
    """Return what a cursor says.

    Raises
    ------
    CursorError
        If no answer gave it.
    """
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        parts = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, RecursionError) as error:
        raise CursorError from error
    if not isinstance(parts, list) or [type(part) for part in parts] != list(kinds):
        raise CursorError
    return parts


def _place(cursor: str | None) -> tuple[datetime, str] | None:
    if cursor is None:
        return None
    moment, entry = read_cursor(cursor, str, str)
    try:
        return datetime.fromisoformat(moment), entry.replace("\0", "")
    except ValueError as error:
        raise CursorError from error
