"""The requester: a name for the browser or program a request comes from, for as long as it is answered.

The name only keeps one person's twenty exports from standing before everybody else's one. It says nothing of
who that is: ``core.base.identity`` does.
"""

from __future__ import annotations

from contextvars import ContextVar
from hashlib import sha256

_requester: ContextVar[str] = ContextVar("requester", default="")
NAME_LENGTH = 16


def requester() -> str:
    """Return a name for whoever asks now; empty where nobody does."""
    return _requester.get()


def set_requester(trace: str) -> None:
    """Say whose request is answered from here on, by what is told apart: a session, an address."""
    _requester.set(sha256(trace.encode()).hexdigest()[:NAME_LENGTH] if trace else "")
