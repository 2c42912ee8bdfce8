"""What the API's description says of every route: how errors look, and how to show a key."""

from __future__ import annotations

from typing import Any

from fastapi import Security
from fastapi.security import HTTPBearer
from pydantic import BaseModel, Field


class ApiError(BaseModel):
    """What is wrong, where, and what to do: of every answer from 400 on."""

    code: str = Field(description="The kind of error, for programs.", examples=["not_found"])
    message: str = Field(description="What is wrong, in one sentence.")
    where: str | None = Field(description="The file, column, argument or setting it is about.")
    remedy: str | None = Field(description="What to do about it.")


_LATER = {"Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer"}}}
_MEANINGS: dict[int | str, str] = {
    400: "Something in the request can't be used.",
    401: "Not signed in, or no such key.",
    403: "The role, or the key's scopes, don't allow it.",
    404: "It doesn't exist, or was deleted.",
    409: "It can't be done as things are now.",
    413: "Too much data.",
    422: "An argument or a field is missing, or of the wrong kind.",
    429: "More requests than the key may send in a minute.",
    500: "Something went wrong; the remedy has a reference to report.",
    503: "The database doesn't answer; nothing was changed.",
    507: "No room on the disk.",
}
#: The errors any route may answer with.
ERRORS: dict[int | str, dict[str, Any]] = {
    status: {"model": ApiError, "description": meaning}
    | ({"headers": _LATER} if status in (429, 503) else {})
    for status, meaning in _MEANINGS.items()
}
#: A key for programs; browsers show the cookie that signing in gives instead.
KEY = Security(
    HTTPBearer(
        scheme_name="key",
        description="An API key: `Authorization: Bearer scsp_…`. Make one in Settings, API keys.",
        auto_error=False,
    )
)
