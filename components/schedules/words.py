"""Schedules in words: where exports come from, when, and what has become of them."""

from __future__ import annotations

from collections.abc import Mapping

from components.base.format import NOTHING, date_time, number
from components.base.layout import BadgeTone
from core.schedules.definition import EVERY_DAY, Definition
from core.schedules.service import Shown
from core.storage import Arrival, Run

PATH = "/schedules"
DAYS = {1: "Mon", 2: "Tue", 3: "Wed", 4: "Thu", 5: "Fri", 6: "Sat", 7: "Sun"}
WORKING_DAYS = (1, 2, 3, 4, 5)

#: How a run, and an export in it, is marked.
RUN_STATES: Mapping[str, tuple[str, BadgeTone]] = {
    "queued": ("waiting", "neutral"),
    "running": ("running", "accent"),
    "done": ("done", "success"),
    "missed": ("no export arrived", "warning"),
    "needs_person": ("needs you", "warning"),
    "failed": ("failed", "danger"),
}
ARRIVAL_STATES: Mapping[str, tuple[str, BadgeTone]] = {
    "seen": ("arriving", "neutral"),
    "taken": ("running", "accent"),
    "done": ("done", "success"),
    "needs_person": ("needs you", "warning"),
    "failed": ("failed", "danger"),
    "replaced": ("replaced", "neutral"),
    "same": ("unchanged", "neutral"),
    "left_out": ("skipped", "neutral"),
}
#: What such a mark means, where a word isn't enough.
MEANS = {
    "replaced": "Replaced by a corrected file of the same name.",
    "same": "The same content as an export before it: not scored again.",
}
#: Why a run was made.
KINDS = {
    "due": "On time",
    "arrival": "When it arrived",
    "manual": "Run now",
    "continued": "Continued after mapping",
}


def comes_from(definition: Definition) -> str:
    """Say where exports come from."""
    if definition.kind == "query":
        return f"Query of {definition.database}"
    folder = f"{definition.source}/{definition.folder}" if definition.folder else definition.source
    return folder if definition.pattern == "*" else f"{folder}, {definition.pattern}"


def runs_when(definition: Definition) -> str:
    """Say when a schedule runs."""
    if definition.when == "arrival":
        return "As soon as it arrives"
    if definition.days == EVERY_DAY:
        days = "Every day"
    elif definition.days == WORKING_DAYS:
        days = "Mon to Fri"
    else:
        days = ", ".join(DAYS[day] for day in definition.days)
    return f"{days} at {definition.time}"


def next_words(shown: Shown) -> str:
    """Say when a schedule runs next."""
    if not shown.schedule.is_on:
        return "Off"
    return date_time(shown.next_due) if shown.next_due else "As soon as an export arrives"


def run_words(run: Run) -> tuple[str, BadgeTone]:
    """Return how a run is marked."""
    return RUN_STATES[run.state]


def list_words(arrival: Arrival) -> str:
    """Say what was drawn of an export, and whether it went anywhere."""
    drawn = arrival.list
    if not drawn:
        return NOTHING
    sent = ", sent" if drawn["sent"] else ""
    return f"{number(drawn['treated'])} to contact, {number(drawn['held_out'])} held out{sent}"


def sent_words(arrival: Arrival) -> str | None:
    """Say where a list was put."""
    places = [str(sent["to"]) for sent in (arrival.list or {}).get("sent", ())]
    return f"Sent to {' and '.join(places)}" if places else None


def message_words(run: Run) -> str:
    """Say what became of a run's message."""
    state = (run.digest or {}).get("state")
    return {
        None: NOTHING,
        "sent": "sent",
        "failed": f"not sent: {(run.digest or {}).get('problem')}",
        "sending": "may have been sent" if run.is_over else "being sent",
    }[state]
