"""A mapping that comes from outside, in a request or a file: what each part of it may be."""

from __future__ import annotations

import json
from collections.abc import Mapping as MappingABC
from dataclasses import fields
from functools import cache
from typing import Any, get_type_hints

from pydantic import BaseModel, ConfigDict, ValidationError, create_model

from core.base.errors import MappingError
from core.ingest.base.model import Mapping


def read_mapping(given: Any) -> Mapping:  # noqa: ANN401 - whatever the JSON holds
    """Return the mapping that somebody has written, or a recipe's file, which holds one.

    Raises
    ------
    MappingError
        If a key or value can't be one of a mapping: of another type, infinite, or text no file can hold.
    """
    inner = given.get("mapping") if isinstance(given, MappingABC) and "fingerprint" in given else given
    inside = inner if isinstance(inner, MappingABC) else given
    if isinstance(inside, MappingABC):
        _check_types({name: value for name, value in inside.items() if name in Mapping.__slots__})
    return Mapping.from_dict(given)


def _check_types(values: MappingABC[str, Any]) -> None:
    try:
        _shape().model_validate(values)
        json.dumps(values, ensure_ascii=False, default=str).encode()
    except UnicodeEncodeError as error:
        raise MappingError(
            "The mapping can't be read. It holds half a character.",
            remedy="Write it anew, as UTF-8.",
        ) from error
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        where = ".".join(ascii(part).strip("'") for part in first["loc"] if part != "[key]")
        raise MappingError(
            f"The mapping can't be read. {where}: {first['msg'][0].lower()}{first['msg'][1:]}.",
            remedy="Start from what `inspect --json` prints.",
        ) from error


@cache
def _shape() -> type[BaseModel]:
    """Return what a mapping's fields may hold, by their own types.

    Which kinds there are, a mapping says itself.
    """
    hints = get_type_hints(Mapping)
    shape: type[BaseModel] = create_model(
        "_Shape",
        __config__=ConfigDict(strict=True, allow_inf_nan=False),
        **{one.name: (hints[one.name], None) for one in fields(Mapping) if one.name != "kind"},  # type: ignore[call-overload]
    )
    return shape
