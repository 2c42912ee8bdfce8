"""Whether a model can be trained on an export, said before anybody waits for it.

The same thresholds as training itself has, in words a marketer can act on: what was found, what that
is enough for, and what to do about it.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq

from core.base.errors import TrainingError
from core.base.written import number, percent
from core.training.data.counting import Found, count
from core.training.data.loading import LEAST_SESSIONS, check_outcomes, check_slices
from core.training.data.splits import split_sessions

Level = Literal["good", "rough", "clusters", "no"]

#: From so many buyers on, figures are narrow enough to choose between models.
GOOD_BUYERS = 300
#: From so many days on, every weekday has been seen several times.
GOOD_DAYS = 28
#: Fewer buyers with an amount than this, and revenue isn't predicted well.
GOOD_AMOUNTS = 100
#: A share of buyers outside of this is unusual for a shop.
USUAL_SHARE = (0.002, 0.5)
#: With more features empty than this share, much of what a model could use is missing.
MANY_EMPTY = 0.5
SHOWN_COLUMNS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Eligibility:
    """What a model could learn from session rows.

    ``level`` is ``good``, ``rough`` (works, with wide intervals), ``clusters`` (no outcome: kinds of
    visit only) or ``no``. ``reasons`` say why, ``remedies`` what would make it better. ``days`` counts days
    from the first session to the last; null where no time is told.
    """

    level: Level
    headline: str
    reasons: tuple[str, ...]
    remedies: tuple[str, ...]
    sessions: int
    buyers: int
    days: int | None
    first: datetime | None
    last: datetime | None
    has_revenue: bool
    own_columns: tuple[str, ...]

    @property
    def can_train(self) -> bool:
        """Whether training would end with a model."""
        return self.level != "no"

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON."""
        return asdict(self) | {
            "first": self.first.isoformat() if self.first else None,
            "last": self.last.isoformat() if self.last else None,
            "reasons": list(self.reasons),
            "remedies": list(self.remedies),
            "own_columns": list(self.own_columns),
        }


#: A sentence of what was found, and of what to do about it; either may be empty.
_Remark = tuple[str, str]


def check(sessions: Path) -> Eligibility:
    """Say what a model could learn from session rows (Parquet), and why.

    Reads every column once; a million sessions take about a second.
    """
    found = count(sessions)
    level, remarks = _level(found, sessions)
    return Eligibility(
        level=level,
        headline=_headline(found, level),
        reasons=tuple(dict.fromkeys(text for text, _ in remarks if text)),
        remedies=tuple(dict.fromkeys(text for _, text in remarks if text)),
        sessions=found.sessions,
        buyers=found.buyers,
        days=found.days,
        first=found.first,
        last=found.last,
        has_revenue=found.amounts > 0,
        own_columns=found.own,
    )


def _level(found: Found, path: Path) -> tuple[Level, list[_Remark]]:
    """Return how good it is, with remarks on what counts, weightiest first."""
    if found.sessions == 0:
        return "no", [("There are no sessions in it.", "Export a longer period.")]
    if not found.telling:
        text = "No column differs between sessions: each is empty or the same in all of them."
        return "no", [(text, "Export what visitors did: pages, products, carts, times.")]
    if found.known == 0:
        return _without_outcomes(found)
    try:
        _as_training_would(path)
    except TrainingError as error:
        return "no", [(error.message, error.remedy or ""), *_remarks(found)]
    remarks = [*_scarce(found), *_remarks(found)]
    return ("rough" if _scarce(found) else "good"), remarks


def _without_outcomes(found: Found) -> tuple[Level, list[_Remark]]:
    lead = (
        f"None of the {number(found.sessions)} sessions has a known outcome.",
        "To predict purchases, include them in the export: as events, or as a yes-or-no column of session "
        "rows.",
    )
    if found.sessions < LEAST_SESSIONS:
        few = f"Kinds of visit need at least {LEAST_SESSIONS} sessions."
        return "no", [lead, (few, "Export a longer period.")]
    return "clusters", [lead, *_remarks(found)]


def _as_training_would(path: Path) -> None:
    """Check outcomes and split the sessions exactly as training does.

    Raises
    ------
    TrainingError
        Where training would raise it.
    """
    known = set(pq.read_schema(path).names)
    wanted = [name for name in ("session_id", "visitor_id", "started_at", "purchased") if name in known]
    table = pq.read_table(path, columns=wanted)
    table = table.filter(pc.is_valid(table["purchased"]))
    purchased = np.asarray(table["purchased"].to_numpy(zero_copy_only=False), dtype=bool)
    check_outcomes(purchased)
    check_slices(split_sessions(table, purchased), purchased)


def _scarce(found: Found) -> list[_Remark]:
    """Return what makes a model rough: its figures will have wide intervals."""
    remarks: list[_Remark] = []
    if found.buyers < GOOD_BUYERS:
        remarks.append(
            (
                f"{number(found.buyers)} buyers are enough to learn from, but figures will have wide "
                "intervals.",
                f"Export a period with {GOOD_BUYERS} or more buyers.",
            )
        )
    if found.timed and found.days is not None and found.days < GOOD_DAYS:
        remarks.append(
            (
                f"In {_days(found.days)} each weekday occurs {_times(found.days // 7)}, and the model is "
                "tested on the last few days only.",
                "Export four weeks or more.",
            )
        )
    return remarks


def _remarks(found: Found) -> list[_Remark]:
    """Return what else is worth knowing; none of it keeps a model from being good."""
    remarks: list[_Remark] = []
    share = found.buyers / found.known if found.known else None
    if share is not None and 0 < share < USUAL_SHARE[0]:
        remarks.append(
            (
                f"Only {percent(share, 2)} of sessions buy, which is very few.",
                "Check that purchases are complete.",
            )
        )
    elif share is not None and USUAL_SHARE[1] < share < 1:
        text = f"{percent(share, 0)} of sessions buy, which is unusual for a shop."
        remarks.append((text, "Check that the export includes sessions without a purchase."))
    if 0 < found.known < found.sessions:
        text = f"{number(found.sessions - found.known)} sessions have no known outcome and are left out."
        remarks.append((text, ""))
    if found.known and not found.timed:
        text = (
            "Too few sessions have a start time, so the model can't be tested on later days than it "
            "learned from."
        )
        remarks.append((text, "Include each session's start time in the export."))
    if found.buyers and not found.amounts:
        text = "No buyer has an amount, so the model won't predict revenue."
        remarks.append((text, "Include the amounts spent in the export."))
    elif found.buyers and found.amounts < GOOD_AMOUNTS:
        text = f"Only {number(found.amounts)} buyers have an amount, so revenue will be a rough estimate."
        remarks.append((text, f"Export {GOOD_AMOUNTS} or more buyers with amounts."))
    return [*remarks, *_on_columns(found)]


def _on_columns(found: Found) -> list[_Remark]:
    remarks: list[_Remark] = []
    empty = len(found.features) - len(found.telling)
    if empty:
        text = f"{empty} of {len(found.features)} features are empty or the same in every session."
        remedy = "Export more about what visitors did." if empty > MANY_EMPTY * len(found.features) else ""
        remarks.append((text, remedy))
    if found.own:
        shown = ", ".join(found.own[:SHOWN_COLUMNS]) + (" and more" if len(found.own) > SHOWN_COLUMNS else "")
        remarks.append((f"{_columns(len(found.own))} of your own will be learned from: {shown}.", ""))
    return remarks


def _headline(found: Found, level: Level) -> str:
    within = f" in {_days(found.days)}" if found.days is not None else ""
    buyers = f"{number(found.buyers)} {'buyer' if found.buyers == 1 else 'buyers'} among "
    sessions = f"{number(found.sessions)} {'session' if found.sessions == 1 else 'sessions'}"
    if level == "clusters":
        return f"{sessions}{within} without purchases: enough for clusters, not for predictions."
    if level == "no":
        return f"{buyers if found.known else ''}{sessions}{within}: not enough for a model."
    if level == "good":
        return f"{buyers}{sessions}{within}: enough for a good model."
    found_text = f"{number(found.buyers)} buyers{within}: enough for a rough model"
    return f"{found_text}, {_safer(found)} would be safer."


def _safer(found: Found) -> str:
    return f"{GOOD_BUYERS}" if found.buyers < GOOD_BUYERS else "four weeks"


def _days(days: int) -> str:
    return "1 day" if days == 1 else f"{number(days)} days"


def _times(times: int) -> str:
    return {0: "not even once", 1: "once", 2: "twice"}.get(times, f"{times} times")


def _columns(n: int) -> str:
    return "One column" if n == 1 else f"{n} columns"
