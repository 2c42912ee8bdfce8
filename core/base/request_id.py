"""A name for each request, in its answer and in every log line about it, in the job it hands in too."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

HEADER = "x-request-id"
_FORM = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_request_id: ContextVar[str] = ContextVar("request_id", default="")


def request_id() -> str:
    """Return the name of the request that is answered, or that a job was handed in with; empty without."""
    return _request_id.get()


def new_request_id(said: str | None = None) -> str:
    """Return what a proxy calls a request, if that can stand in a log; else a new name."""
    if said and _FORM.fullmatch(said):
        return said
    # Told apart is all they must be: to ask the system for chance at each would cost more than the rest.
    return f"{random.getrandbits(64):016x}"


@contextmanager
def during(request: str) -> Iterator[None]:
    """Do everything within for this request."""
    token = _request_id.set(request)
    try:
        yield
    finally:
        _request_id.reset(token)
