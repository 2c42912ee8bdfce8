"""The filter “because”: sessions that have a certain feature among their strongest reasons.

It is written ``?because=cart_adds:up``: a feature, and whether it goes along with a higher or lower
probability to buy (or ``any``). Which reasons a session has is in the view's column ``COLUMN``. Finding them
needs a model, of which nothing is known here: whoever starts the process says by whom they are provided.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol, Self, get_args

from core.results.scored_sessions import ScoredSessions
from core.schema.sessions import FIELD

Effect = Literal["up", "down", "any"]

#: Column of each session's strongest reasons, as ``feature:up`` and ``feature:down``; only there when asked.
COLUMN = "_because_of"
MAX_TEXT = 200


class ReasonProvider(Protocol):
    """Finds every session's strongest reasons."""

    def __call__(self, sessions: ScoredSessions, /) -> Path:
        """Return a Parquet file of ``session_id`` and ``COLUMN``, of these sessions or of more.

        Raises
        ------
        ExplainError
            If they can't be had, or not yet.
        """
        ...


_providers: list[ReasonProvider] = []


def provide_reasons(provider: ReasonProvider) -> None:
    """Say who provides reasons in this process, in place of who did before."""
    _providers[:] = [provider]


def reasons_file(sessions: ScoredSessions) -> Path:
    """Return the file with the reasons of sessions.

    Raises
    ------
    ExplainError
        If they can't be had, or not yet.
    RuntimeError
        If nobody has said by whom they are provided.
    """
    if not _providers:
        raise RuntimeError("Nobody provides reasons: call provide_reasons() where the process starts.")
    return _providers[0](sessions)


@dataclass(frozen=True, slots=True, kw_only=True)
class Because:
    """A feature that is to be among a session's strongest reasons, and which way it is to point."""

    feature: str
    effect: Effect = "any"

    @classmethod
    def read(cls, text: str | None) -> Self | None:
        """Read ``cart_adds:up``; None where nothing can be understood. Without an effect, any will do."""
        if not text or len(text) > MAX_TEXT:
            return None
        feature, colon, effect = text.rpartition(":")
        if colon and feature and effect in get_args(Effect):
            return cls(feature=feature, effect=effect)  # type: ignore[arg-type]
        return cls(feature=text)

    def written(self) -> str:
        """Return it as ``read`` reads it."""
        return f"{self.feature}:{self.effect}"

    def said(self) -> str:
        """Say it in words: "Strong reason: Added to cart (raises the probability)"."""
        known = FIELD.get(self.feature)
        ways = {"up": " (raises the probability)", "down": " (lowers the probability)", "any": ""}
        return f"Strong reason: {known.label if known else self.feature}{ways[self.effect]}"

    def sql(self) -> tuple[str, list[object]]:
        """Return a condition and its parameters."""
        effects = ("up", "down") if self.effect == "any" else (self.effect,)
        marks = ", ".join("?" * len(effects))
        return f"list_has_any({COLUMN}, [{marks}])", [f"{self.feature}:{effect}" for effect in effects]
