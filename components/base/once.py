"""Parts of a page that are made and written as JSON once, for everybody who asks for the same."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from dash.development.base_component import Component
from plotly.io.json import to_json_plotly

from core.base import shop
from core.base.identity import may
from core.results.cache import Recent

#: Characters of JSON in memory at most.
MOST_CHARACTERS = 24 * 2**20

_written = Recent(MOST_CHARACTERS, len)
_parts: ContextVar[dict[str, str] | None] = ContextVar("parts", default=None)


@contextmanager
def answering() -> Iterator[Callable[[str], str]]:
    """Answer one callback; yields what puts the parts it names into its answer, which is JSON."""
    parts: dict[str, str] = {}
    token = _parts.set(parts)

    def put_in(answer: str) -> str:
        for name, text in parts.items():
            answer = answer.replace(f'"{name}"', text)
        return answer

    try:
        yield put_in
    finally:
        _parts.reset(token)


def once(key: Hashable, make: Callable[[], Component]) -> Component | str:
    """Return a part of a page: while a callback is answered, a name its JSON is put in place of.

    ``key`` is all it is made of, but for how numbers and days are written and whether ids may be seen.
    """
    parts = _parts.get()
    if parts is None:
        return make()
    whole = (key, may("ids.read"), _written_how())
    # Nobody can guess it, so that no text of an export is ever taken for one.
    name = secrets.token_hex(16)
    parts[name] = _written.get(whole, lambda: str(to_json_plotly(make())))
    return name


def _written_how() -> tuple[str, ...]:
    return tuple(
        repr(getattr(settings, name))
        for settings in (shop.written_as(), shop.shop_settings())
        for name in shop.NAMES
    )
