"""What comes of comparing two models on the same sessions; kept as JSON beside a training."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from core.stats.estimate import Figure

Better = Literal["new", "old", "level"]
FIGURES = ("new", "old", "difference")


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricComparison:
    """One metric of both models, on the same sessions, and their difference, new minus old.

    ``unit`` is ``share`` (of 1), ``score``, ``times`` or a currency's ISO code; ``better`` is the model
    the whole interval of the difference speaks for, ``level`` if it holds 0.
    """

    key: str
    label: str
    unit: str
    new: Figure
    old: Figure
    difference: Figure
    better: Better

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON; number and unit of figures stand beside them once."""
        figures = {
            part: {end: figure[end] for end in ("value", "low", "high")}
            for part, figure in asdict(self).items()
            if part in FIGURES
        }
        return asdict(self) | figures


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
    lines: tuple[MetricComparison, ...]
    verdict: str
    better: Better = "level"
    warnings: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON."""
        return asdict(self) | {
            "lines": [line.to_dict() for line in self.lines],
            "warnings": list(self.warnings),
        }

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> Comparison:
        """Read what ``to_dict`` wrote."""
        lines = tuple(_metric(line, told["n"]) for line in told["lines"])
        return cls(**(dict(told) | {"lines": lines, "warnings": tuple(told["warnings"])}))


def _metric(told: Mapping[str, Any], n: int) -> MetricComparison:
    about = {"n": n, "unit": told["unit"]}
    figures = {part: Figure(**(about | told[part])) for part in FIGURES}
    return MetricComparison(**(dict(told) | figures))
