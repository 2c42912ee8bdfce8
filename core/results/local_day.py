"""Days by the shop's clock, in SQL: by the time zone an export was read with, whatever is set now.

A session row has its first moment in UTC and the weekday it was in the shop. The day in the shop is that of
UTC, or the one before or after it: the one with that weekday.
"""

from __future__ import annotations

_SHIFT = "((day_of_week - isodow(started_at) + 10) % 7 - 3)"
#: The day a session began in the shop; a weekday that doesn't fit its moment changes nothing.
LOCAL_DAY = (
    f"(CAST(started_at AS DATE) + CASE WHEN {_SHIFT} IN (-1, 1) THEN CAST({_SHIFT} AS INT) ELSE 0 END)"
)


def step_sql(step: str, begins: int = 1) -> str:
    """Return SQL of the first day of a session's day, week or month; weeks begin on day 1 (Monday) to 7."""
    if step == "day":
        return LOCAL_DAY
    if step == "week" and begins != 1:
        return f"(CAST(date_trunc('week', {LOCAL_DAY} - {begins - 1}) AS DATE) + {begins - 1})"
    return f"CAST(date_trunc('{step}', {LOCAL_DAY}) AS DATE)"
