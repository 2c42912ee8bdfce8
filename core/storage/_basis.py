"""What a result rests on: which model answered and why, and what the export itself says without one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, Self

#: ``own``: trained on this very export, each session scored by a model that had not seen its visitor.
#: ``in_use``: the shop's own model, trained before. ``chosen``: a model somebody named, or the demo shop's
#: for its own data. ``none``: no model of this shop, so nothing is predicted. ``example``: such a result,
#: looked at with the demo model's predictions.
Kind = Literal["own", "in_use", "chosen", "none", "example"]
#: ``pending``: a new model is being trained beside the one in use. ``better``: it is clearly better (the
#: interval of the difference is above 0). ``level``: it isn't. ``unknown``: it could not be found out.
Outcome = Literal["pending", "better", "level", "unknown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """What an export says before any model is asked.

    ``outcomes`` counts sessions whose outcome is known, ``buyers`` those that bought; ``conversion`` is their
    share. ``revenue`` is what they paid, in ``currency``; null where no amount is known. ``apart`` is what
    orders paid in other currencies (code -> amount), which are never added to it.
    """

    sessions: int
    outcomes: int
    buyers: int
    conversion: float | None
    revenue: float | None
    currency: str
    apart: Mapping[str, float] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, written: Mapping[str, Any]) -> Self:
        """Read what ``to_dict`` wrote."""
        return cls(**{name: written[name] for name in cls.__dataclass_fields__ if name in written})


@dataclass(frozen=True, slots=True, kw_only=True)
class Contest:
    """The model in use against one trained on this export, on the same sessions, neither having seen them.

    ``in_use``, ``new`` and ``difference`` (new less in use, paired by visitor) are ROC-AUC, each
    ``{value, low, high, n, unit}``. ``bundle`` is the new model, kept only where it is clearly better.
    ``reason`` says why nothing could be found out.
    """

    outcome: Outcome
    in_use: Mapping[str, Any] | None = None
    new: Mapping[str, Any] | None = None
    difference: Mapping[str, Any] | None = None
    buyers: int = 0
    bundle: str | None = None
    reason: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, written: Mapping[str, Any]) -> Self:
        """Read what ``to_dict`` wrote."""
        return cls(**{name: written[name] for name in cls.__dataclass_fields__ if name in written})


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """Which model a result rests on, and how far its predictions are out-of-sample.

    ``reason`` is a sentence: why there is no prediction (``none``), or what was done (``own``).
    ``out_of_sample`` says that no session was scored by a model that had learned from its visitor; null where
    that isn't known. ``quality`` has figures of the predictions on this export's own outcomes, by name
    (``roc_auc``, ``pr_auc``, ``calibration_error``, ``base_rate``, ...), each
    ``{value, low, high, n, unit}``; empty unless ``own``. ``promoted`` says that this made the model the one
    in use. ``split`` says in a sentence how sessions were split, ``alarms`` are titles of what may give the
    outcome away, ``seconds`` is what training took. ``contest`` is there for ``in_use``. ``example`` is the
    model whose predictions are the example of a result that has none (``none``).
    """

    kind: Kind
    reason: str = ""
    out_of_sample: bool | None = None
    buyers: int | None = None
    buyers_needed: int | None = None
    promoted: bool = False
    quality: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    split: str = ""
    alarms: tuple[str, ...] = ()
    seconds: float | None = None
    contest: Contest | None = None
    example: str = ""

    @property
    def predicts(self) -> bool:
        """Whether there are predictions to act on."""
        return self.kind not in ("none", "example")

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON."""
        return asdict(self) | {"alarms": list(self.alarms)}

    @classmethod
    def from_dict(cls, written: Mapping[str, Any]) -> Self:
        """Read what ``to_dict`` wrote; what a later version has added is left out."""
        known = {name: written[name] for name in cls.__dataclass_fields__ if name in written}
        known["alarms"] = tuple(known.get("alarms", ()))
        known["contest"] = Contest.from_dict(known["contest"]) if known.get("contest") else None
        return cls(**known)
