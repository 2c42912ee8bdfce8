"""Whether a model ranks buyers above others better than guessing does: by an interval, never by a value."""

from __future__ import annotations

from typing import Literal

from core.base.written import counted
from core.stats.estimate import Figure

#: A ranking no better than chance has this ROC-AUC.
CHANCE = 0.5
#: Fewer buyers than this can hardly show that a model does better than guessing.
FEW_BUYERS = 20
DONT = "Don't act on it."


def guesses(
    area: Figure, buyers: int, *, where: str, shown_by: str
) -> tuple[Literal["guessing", "few"], str] | None:
    """Return why a model can't be said to do better than guessing, and the sentence; None where it does.

    ``area`` is its ROC-AUC with the interval, ``where`` says what it was measured on or when ("on this
    export"), ``shown_by`` what of ("this file"). Without an interval nothing is said.
    """
    if area.value is None or area.low is None or area.high is None or area.low > CHANCE:
        return None
    if buyers < FEW_BUYERS and area.high > CHANCE:
        few = counted(buyers, "buyer")
        return "few", f"With {few}, {shown_by} can't show that the model does better than guessing."
    return "guessing", f"This model does no better than guessing {where}."
