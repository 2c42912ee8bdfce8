"""What a search tried, and what it found."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from core.training.purchase.candidates import TRIED, Fitted, Settings

#: What a hundredth of log loss counts, in PR-AUC: enough to break a tie.
TIE_BREAK = 0.1


@dataclass(frozen=True, slots=True)
class Trial:
    """Settings of one kind, how well they did, in each fold (or part) too, and how many rounds boosting took.

    ``final`` says that all rows and folds judged it, not a part of them. ``fitted`` is what was fitted for
    that, one a fold.
    """

    kind: str
    settings: Settings
    pr_auc: float
    log_loss: float
    rounds: int | None
    areas: tuple[float, ...] = ()
    final: bool = True
    fitted: tuple[Fitted, ...] = field(default=(), compare=False, repr=False)

    @property
    def value(self) -> float:
        """What is searched for: PR-AUC, with log loss to break ties."""
        return self.pr_auc - TIE_BREAK * self.log_loss


@dataclass(frozen=True, slots=True)
class Found:
    """The trials of each kind, best first, and whether time ended the search before the trials did.

    Those judged by all rows come before those that were judged by a part of them.
    """

    trials: dict[str, list[Trial]] = field(default_factory=dict)
    cut_short: bool = False

    def best(self, kind: str) -> Settings:
        """Return the best settings of a kind.

        On several folds, or parts of a slice, they must beat what did well elsewhere by more than two
        standard errors: the best of many trials on few buyers is mostly lucky.
        """
        trials = self.trials.get(kind)
        if not trials:
            return TRIED[kind]
        start = next((trial for trial in trials if trial.settings == TRIED[kind]), trials[0])
        gains = np.asarray(trials[0].areas) - np.asarray(start.areas)
        if len(gains) > 1 and gains.mean() <= 2 * gains.std(ddof=1) / len(gains) ** 0.5:
            return start.settings
        return trials[0].settings

    def fitted(self, kind: str, settings: Settings) -> tuple[Fitted, ...]:
        """Return what was fitted with these settings to all rows of a search, one a fold; may be none."""
        trials = self.trials.get(kind, ())
        return next((trial.fitted for trial in trials if trial.final and trial.settings == settings), ())

    def without_fitted(self) -> Found:
        """Return what was found alone: what was fitted belongs to the rows it was fitted to."""
        return replace(
            self,
            trials={
                kind: [replace(trial, fitted=()) for trial in each] for kind, each in self.trials.items()
            },
        )

    @property
    def n(self) -> int:
        """Number of trials."""
        return sum(len(trials) for trials in self.trials.values())
