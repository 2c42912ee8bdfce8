"""Records of JSON that stand inside something else: in a list within one object, or spread over lines.

Programming interfaces answer with one object that holds its records in a list (``{"data": [...], "next":
null}``), page after page; editors write one object over many lines. Neither can be read line by line, so
such files, which are small, are turned into lines of JSON.
"""

from __future__ import annotations

import codecs
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from io import BytesIO
from itertools import islice
from pathlib import Path
from typing import IO, Any

CHUNK = 1 << 20
#: What the list of records is called, where the object holds more than it.
LISTS = frozenset(
    "data results result events visits items records rows hits sessions response entries nodes edges "
    "objects list values pageviews page_views actions batch payload content docs documents messages logs "
    "activities".split()
)
#: What an element of a list may be wrapped in once more: of GraphQL's connections, and of search engines.
_INNER = ("node", "_source")
_DECODER = json.JSONDecoder()


def find_list(text: str, is_own: Callable[[Sequence[str]], bool]) -> tuple[str, ...] | None:
    """Return where the records of a text of JSON stand, given its beginning: the keys that lead to a list.

    No keys stand for objects that are the records themselves but take several lines. None is returned for
    lines of JSON as they should be.

    Parameters
    ----------
    is_own
        Whether an object with such keys is a record itself, whatever lists it holds.
    """
    start = _skipped(text, 0)
    try:
        first, end = _DECODER.raw_decode(text, start)
    except ValueError:
        return _unfinished(text, start, is_own)
    if not isinstance(first, Mapping):
        return None
    is_alone = not text[end:].strip()
    path = _path(first, is_own, names=LISTS if is_alone else frozenset())
    return path if path is not None else (() if "\n" in text[start:end] else None)


def _path(
    each: Mapping[str, Any], is_own: Callable[[Sequence[str]], bool], names: frozenset[str]
) -> tuple[str, ...] | None:
    if is_own(list(each)):
        return None
    for key, value in each.items():
        if len(each) > 1 and key.lower() not in names:
            continue
        if isinstance(value, list) and value and all(isinstance(item, Mapping) for item in value):
            return (key,)
        if isinstance(value, Mapping) and (inner := _path(value, is_own, LISTS)) is not None:
            return (key, *inner)
    return None


def _unfinished(text: str, at: int, is_own: Callable[[Sequence[str]], bool]) -> tuple[str, ...] | None:
    """Return the keys that lead to the list that goes on beyond the end of the text."""
    keys: list[str] = []
    while text[at : at + 1] == "{" or (keys and text[at : at + 1] == ","):
        try:
            key, at = _DECODER.raw_decode(text, _skipped(text, at + 1))
            at = _skipped(text, _skipped(text, at) + 1)  # the colon
        except ValueError:
            return None
        if not isinstance(key, str):
            return None
        keys.append(key)
        try:
            _, at = _DECODER.raw_decode(text, at)
            at = _skipped(text, at)
        except ValueError:
            return _going_on(text, at, keys, is_own)
    return None


def _going_on(
    text: str, at: int, keys: list[str], is_own: Callable[[Sequence[str]], bool]
) -> tuple[str, ...] | None:
    if is_own(keys) or (len(keys) > 1 and keys[-1].lower() not in LISTS):
        return None
    if text[at : at + 1] == "[" and text[_skipped(text, at + 1) :][:1] == "{":
        return (keys[-1],)
    inner = _unfinished(text, at, is_own)
    return (keys[-1], *inner) if inner else None


def _skipped(text: str, at: int) -> int:
    while at < len(text) and text[at] in " \t\r\n":
        at += 1
    return at


class _Stream:
    """A text that is decoded value by value while it is read."""

    def __init__(self, stream: IO[bytes], encoding: str) -> None:
        self.stream, self.rest, self.is_over = stream, "", False
        self.decoder = codecs.getincrementaldecoder(encoding)(errors="replace")

    def more(self) -> bool:
        chunk = self.stream.read(CHUNK)
        self.rest += self.decoder.decode(chunk, final=not chunk)
        self.is_over = not chunk
        return not self.is_over

    def peek(self) -> str:
        """Return the next character that is no blank; an empty text at the end."""
        while True:
            self.rest = self.rest.lstrip(" \t\r\n\ufeff")
            if self.rest or not self.more():
                return self.rest[:1]

    def take(self) -> str:
        character = self.peek()
        self.rest = self.rest[1:]
        return character

    def value(self) -> Any:  # noqa: ANN401 - whatever is in the file
        """Return the next value; ValueError if there is none."""
        self.peek()
        while True:
            try:
                value, end = _DECODER.raw_decode(self.rest)
            except ValueError:
                if not self.more():
                    raise
                continue
            if end < len(self.rest) or not self.more():  # the digits of a number may go on
                self.rest = self.rest[end:]
                return value


def records(stream: IO[bytes], encoding: str, path: Sequence[str]) -> Iterator[Any]:
    """Yield the records of a file, one at a time; ValueError where it is no JSON any more."""
    text = _Stream(stream, encoding)
    while text.peek():
        if path:
            yield from _inside(text, path)
        else:
            yield text.value()


def _inside(text: _Stream, path: Sequence[str]) -> Iterator[Any]:
    """Yield the elements of the list that keys lead to in the object that comes next."""
    if text.take() != "{":
        raise ValueError
    while text.peek() not in ("}", ""):
        key = text.value()
        if text.take() != ":":
            raise ValueError
        if key == path[0] and len(path) > 1 and text.peek() == "{":
            yield from _inside(text, path[1:])
        elif key == path[0] and len(path) == 1 and text.peek() == "[":
            yield from _elements(text)
        else:
            text.value()
        if text.peek() == ",":
            text.take()
    if text.take() != "}":
        raise ValueError


def _elements(text: _Stream) -> Iterator[Any]:
    text.take()
    while text.peek() not in ("]", ""):
        yield text.value()
        if text.peek() == ",":
            text.take()
    if text.take() != "]":
        raise ValueError


def unwrapped(record: Any) -> Any:  # noqa: ANN401 - whatever is in the file
    """Return what an element of a list holds where it is wrapped once more, else the element."""
    inner = next((record[key] for key in _INNER if key in record), None) if isinstance(record, dict) else None
    return inner if isinstance(inner, dict) else record


def write_lines(path: Path, out: Path, encoding: str, keys: Sequence[str]) -> Path:
    """Write the records that stand inside a file as lines of JSON.

    Where the file is cut off or broken, a line that is no JSON stands for the rest.
    """
    with path.open("rb") as stream, out.open("w", encoding="utf-8") as sink:
        try:
            for record in records(stream, encoding, keys):
                sink.write(json.dumps(unwrapped(record), ensure_ascii=False) + "\n")
        except ValueError:
            sink.write("-\n")
    return out


def first_records(text: str, keys: Sequence[str], limit: int) -> list[dict[str, Any]]:
    """Return the first records that stand inside the beginning of a text, which may be cut off anywhere."""
    found: list[dict[str, Any]] = []
    with suppress(ValueError):
        for record in islice(records(BytesIO(text.encode()), "utf-8", keys), limit):
            inner = unwrapped(record)
            if isinstance(inner, dict):
                found.append(inner)
    return found
