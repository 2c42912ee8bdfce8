"""One model against another on the same sessions, metric by metric, and which is the better one.

Both score the new model's test slice: sessions later than all it has learned from. Visitors are
resampled for both at once, so that the interval of a difference is that of the difference and not of
two separate guesses.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from core.progress import Progress, silent
from core.settings import Settings

Better = Literal["new", "old", "level"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A figure with its 95% interval; all null where it can't be told."""

    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One metric of both models and their difference, new minus old.

    ``unit`` is ``share`` (of 1), ``score``, ``times`` or a currency's ISO code; ``better`` is the model
    the whole interval of the difference speaks for, ``level`` if it holds 0.
    """

    key: str
    label: str
    unit: str
    new: Estimate
    old: Estimate
    difference: Estimate
    better: Better


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What came of a comparison: lines, a verdict in a sentence, and what to know before trusting it.

    ``better`` is the model to use, by the verdict. Without lines the two can't be compared, and the
    verdict says why.
    """

    new: str
    old: str
    n: int
    buyers: int
    lines: tuple[Line, ...]
    verdict: str
    better: Better = "level"
    warnings: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON."""
        return asdict(self) | {
            "lines": [asdict(line) for line in self.lines],
            "warnings": list(self.warnings),
        }

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> Comparison:
        """Read what ``to_dict`` wrote."""
        lines = tuple(
            Line(**(line | {part: Estimate(**line[part]) for part in ("new", "old", "difference")}))
            for line in told["lines"]
        )
        return cls(**(dict(told) | {"lines": lines, "warnings": tuple(told["warnings"])}))


def compare(
    new: str, old: str, *, settings: Settings, progress: Progress = silent, sessions: Path | None = None
) -> Comparison:
    """Compare two models on sessions neither should have learned from.

    Parameters
    ----------
    sessions
        Parquet of session rows with outcomes; the new model's own test slice where none is given.

    Raises
    ------
    BundleError
        If either model can't be used.
    TrainingError
        If the sessions tell no outcome.
    """
    raise NotImplementedError
