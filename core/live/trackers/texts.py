"""Objects and lists that were sent as a text of JSON, within JSON: as what they say.

Tag managers and loaders do so, with ``JSON.stringify`` once more than an SDK asks for.
"""

from __future__ import annotations

from typing import Any

from pydantic_core import from_json

#: What SDKs have objects and lists in. Any other text that looks like JSON is a text.
OBJECTS = frozenset(
    ("batch", "data", "event", "events", "properties", "context", "contexts", "traits", "products", "items",
     "page", "campaign", "device", "location", "ecommerce")
)  # fmt: skip
#: How an object or a list begins within a text of JSON.
_MARKS = ('"{', '"[')
_BYTE_MARKS = tuple(mark.encode() for mark in _MARKS)
_STARTS = ("{", "[")
#: Objects inside objects, and texts inside texts, are looked into this deep.
DEEPEST = 12


def may_have_texts(text: bytes | str) -> bool:
    """Whether a text of JSON may have others within it."""
    if isinstance(text, bytes):
        return any(mark in text for mark in _BYTE_MARKS)
    return any(mark in text for mark in _MARKS)


def opened_texts(value: Any, *, is_object: bool = True, deep: int = DEEPEST) -> Any:  # noqa: ANN401
    """Return what JSON holds, with objects and lists in place of their texts."""
    if deep == 0:
        return value
    if isinstance(value, str):
        return _opened(value, deep) if is_object else value
    if isinstance(value, dict):
        return {
            key: opened_texts(inner, is_object=key in OBJECTS, deep=deep - 1)
            if isinstance(inner, str | dict | list)
            else inner
            for key, inner in value.items()
        }
    if isinstance(value, list):
        return [opened_texts(inner, is_object=is_object, deep=deep - 1) for inner in value]
    return value


def _opened(text: str, deep: int) -> Any:  # noqa: ANN401
    if not text.lstrip().startswith(_STARTS):
        return text
    try:
        return opened_texts(from_json(text), deep=deep - 1)
    except ValueError:
        return text
