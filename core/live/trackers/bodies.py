"""What trackers put into a request's body: JSON as it is, compressed, in a form field, in base64."""

from __future__ import annotations

import base64
import binascii
import json
import math
import zlib
from typing import Any
from urllib.parse import parse_qs, unquote_to_bytes

from pydantic_core import SchemaValidator, ValidationError, core_schema, from_json, to_json

from core.base.errors import LiveError, TooLargeError
from core.live.trackers.texts import may_have_texts, opened_texts

#: How gzip begins, and deflate at any of its levels; no JSON, form field or base64 does.
GZIP = b"\x1f\x8b"
PACKED = (GZIP, b"x\x01", b"x\x5e", b"x\x9c", b"x\xda")
#: A body unpacked, in bytes.
MOST_BYTES = 16 << 20
TOO_DEEP = "It is nested too deeply."
#: A text of JSON within JSON begins with the last.
_JSON_STARTS = (b"{", b"[", b'"')
_EVENTS = core_schema.list_schema(core_schema.typed_dict_schema({}, extra_behavior="ignore"), strict=True)
_OUTLINE = SchemaValidator(
    core_schema.typed_dict_schema({"batch": core_schema.typed_dict_field(_EVENTS)}, extra_behavior="allow")
)


def opened(body: bytes) -> bytes:
    """Return a body without its compression, known by its first bytes: headers are often missing or wrong.

    Raises
    ------
    TooLargeError
        If it unpacks to more than a body may hold.
    LiveError
        If it is damaged.
    """
    if not body.startswith(PACKED):
        return body
    # Whichever of the two it is.
    unpacker = zlib.decompressobj(wbits=47)
    try:
        made = unpacker.decompress(body, MOST_BYTES)
    except zlib.error as error:
        raise LiveError("The body is compressed and damaged.", remedy="Send it again.") from error
    if unpacker.unconsumed_tail:
        raise TooLargeError(
            f"The body unpacks to more than {MOST_BYTES:,} bytes.", remedy="Send smaller batches."
        )
    return made


def parsed(body: bytes) -> Any:  # noqa: ANN401 - whatever JSON holds
    """Return what a body holds, however it is wrapped.

    Raises
    ------
    LiveError
        If it holds no JSON.
    """
    return read(unwrapped(body))


def unwrapped(body: bytes) -> bytes:
    """Return the JSON in a body, without what is around it.

    Raises
    ------
    LiveError
        If there can be none.
    """
    text = opened(body).strip()
    if text.startswith(b"data="):
        text = _field(text).strip()
    return text if text.startswith(_JSON_STARTS) else opened(_unpacked(text))


def read(text: bytes | str) -> Any:  # noqa: ANN401 - whatever JSON holds
    """Return what JSON holds; objects in it that are texts of JSON themselves as what they say.

    Raises
    ------
    LiveError
        If it is none.
    """
    found = _read(text)
    return opened_texts(found) if may_have_texts(text) else found


def outline(text: bytes) -> dict[str, Any] | None:
    """Return JSON with nothing in the events of its batch, at half the cost of ``read``.

    All of it is looked at. None if it is no JSON, or has no batch of objects alone.
    """
    try:
        found: dict[str, Any] = _OUTLINE.validate_json(text)
    except ValidationError:
        return None
    return found


def _read(text: bytes | str) -> Any:  # noqa: ANN401
    try:
        return from_json(text, cache_strings="keys")
    except ValueError:
        pass
    # The slower one also takes half a character, what is nested deeply, and UTF-16.
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise LiveError("The body is not JSON.", remedy="Send JSON in UTF-8.") from error


def as_text(found: bytes) -> str | None:
    """Return JSON as text that any database holds; None of some that is written in another way than usual."""
    try:
        return None if b"\0" in found else found.decode()
    except UnicodeDecodeError:
        return None


def parameters(text: str) -> dict[str, str]:
    """Return the parameters of a query; of one that stands twice, the last."""
    found = parse_qs(text.lstrip("?"), keep_blank_values=False, max_num_fields=1000)
    return {name: values[-1] for name, values in found.items()}


def written(record: dict[str, Any]) -> bytes:
    """Return a record as a line of JSON.

    Python SDKs write NaN and Infinity, which are no JSON: such numbers are unknown.

    Raises
    ------
    ValueError
        If it is nested more deeply than can be written.
    """
    try:
        return to_json(record, inf_nan_mode="null")
    except ValueError:
        # Half of a character that takes two is no UTF-8; the format's reader says what is wrong with it.
        try:
            return json.dumps(_without_nan(record), separators=(",", ":")).encode()
        except RecursionError as error:
            raise ValueError(TOO_DEEP) from error


def decoded(text: str) -> Any:  # noqa: ANN401 - whatever JSON holds
    """Return the JSON in base64 of either alphabet, padded or not; None where there is none."""
    try:
        return json.loads(_unpacked(text.encode()))
    except (ValueError, LiveError, RecursionError):
        return None


def _field(text: bytes) -> bytes:
    value = text.removeprefix(b"data=").partition(b"&")[0]
    return unquote_to_bytes(value.replace(b"+", b" ") if b"%" in value or b"{" in value else value)


def _unpacked(text: bytes) -> bytes:
    plain = text.replace(b" ", b"+").replace(b"-", b"+").replace(b"_", b"/").rstrip(b"=")
    try:
        return base64.b64decode(plain + b"=" * (-len(plain) % 4), validate=True)
    except (binascii.Error, ValueError) as error:
        raise LiveError("The body is not JSON.", remedy="Send JSON in UTF-8.") from error


def _without_nan(value: Any) -> Any:  # noqa: ANN401
    if isinstance(value, dict):
        return {key: _without_nan(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_without_nan(inner) for inner in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
