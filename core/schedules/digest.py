"""The message after a run: what came, what changed most, and what needs a person. It names no visitor."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from core.base.project import link_to
from core.base.settings import Settings
from core.base.shop import written_date
from core.base.written import MINUS, counted, money, number, percent
from core.results.comparison.mix_and_rate import Effect
from core.results.history.periods import Change
from core.services.dashboard import Choice, Dashboard, dashboard
from core.storage import Arrival, Schedule, Store

#: What is compared: the last week with the one before, so that weekdays are equal.
WEEK = "7"
MOST_CHANGES, MOST_FILES = 3, 20
NAMES = {"sessions": "Sessions", "buyers": "Buyers", "conversion": "Conversion", "revenue": "Revenue"}
GROUPS = {"channel": "channel", "device": "device", "country": "country", "category": "main category"}
#: What is told of an alert of home.
ALERTS = {
    "conversion": "Conversion fell beyond chance.",
    "worse": "The model does worse than in its test: train a new one.",
    "drift": "Visitors differ from those the model learned from.",
}
#: States of an arrival that a person has to see to.
PROBLEMS = frozenset({"needs_person", "failed"})


def needs_person(arrivals: Sequence[Arrival]) -> bool:
    """Tell whether something of a run waits for a person."""
    return any(one.state in PROBLEMS for one in arrivals)


def digest(schedule: Schedule, arrivals: Sequence[Arrival], store: Store, *, waited: bool) -> tuple[str, str]:
    """Return the title and the text of a run's message.

    ``waited`` says that a file was due and none came.
    """
    told = dashboard(Choice(range=WEEK)) if any(one.state == "done" for one in arrivals) else None
    problems = list(_problems(arrivals, waited=waited))
    alerts = [ALERTS[alert.kind] for alert in told.alerts] if told else []
    title = f"{schedule.name}: {_count(arrivals)}"
    if problems or alerts:
        title += f", {number(len(problems) + len(alerts))} to look at"
    parts = [
        ("What came", list(_came(arrivals, store)) or ["Nothing."]),
        ("What changed most", list(_changes(told)) if told else []),
        ("What needs a person", [*problems, *alerts] or ["Nothing."]),
    ]
    lines = [f"{heading}\n" + "\n".join(f"- {line}" for line in found) for heading, found in parts if found]
    return title, "\n\n".join(
        [*lines, f"Runs and links: {address(f'/schedules/{schedule.id}', store.settings)}"]
    )


def address(path: str, settings: Settings) -> str:
    """Return a page's address, whole where the dashboard's own name is known."""
    path = link_to(path, settings)
    return f"https://{settings.allowed_hosts[0]}{path}" if settings.allowed_hosts else path


def _count(arrivals: Sequence[Arrival]) -> str:
    done = sum(one.state == "done" for one in arrivals)
    return "no new export" if not done else f"{number(done)} new export{'' if done == 1 else 's'}"


def _came(arrivals: Sequence[Arrival], store: Store) -> Iterator[str]:
    for arrival in arrivals[:MOST_FILES]:
        if arrival.state == "same":
            yield f"{arrival.name}: the same content as before, not scored again."
        if arrival.state != "done" or not arrival.result_id:
            continue
        result = store.result(arrival.result_id)
        said = f"{arrival.name}: {counted(result.n_sessions or 0, 'session')}"
        found = arrival.list
        if found:
            said += f"; list “{found['audience']}” with {number(found['treated'])} to contact"
            said += f", {number(found['held_out'])} held out" if found["held_out"] else ""
            places = [sent["to"] for sent in found["sent"] if not sent.get("problem")]
            said += f", sent to {' and '.join(places)}" if places else ""
        yield f"{said}."
    if len(arrivals) > MOST_FILES:
        yield f"and {number(len(arrivals) - MOST_FILES)} more."


def _problems(arrivals: Sequence[Arrival], *, waited: bool) -> Iterator[str]:
    if waited:
        yield "No export came in time. It is taken in as soon as it is there."
    for arrival in arrivals:
        if arrival.state in PROBLEMS:
            said = arrival.problem or {}
            message = said.get("message") or "It could not be taken in."
            yield f"{arrival.name}: {message} {said.get('remedy') or ''}".strip()


def _changes(told: Dashboard) -> Iterator[str]:
    if told.then.days:
        yield f"{_days(told)}, against the 7 days before:"
    for name, change in told.changes.items():
        yield f"{NAMES[name]}: {_change(change, told.history.currency)}"
    for measured, effects in told.effects.items():
        for effect in [one for one in effects if one.sure][:MOST_CHANGES]:
            yield _effect(effect, measured, told.history.currency)


def _days(told: Dashboard) -> str:
    return f"{written_date(told.now.first)} to {written_date(told.now.last)}"


def _change(change: Change, currency: str | None) -> str:
    now = percent(change.now, 2) if change.kind == "share" else number(change.now, 0)
    if change.name == "revenue":
        now = money(change.now, currency)
    if change.difference is None:
        return now
    value = change.difference.value
    size = f"{number(abs(100 * value), 1)}{' points' if change.kind == 'share' else '%'}"
    per = " per average day" if change.kind == "count" else ""
    sure = "" if change.is_sure else ", within chance"
    return f"{now} ({MINUS if value < 0 else '+'}{size}{per}{sure})"


def _effect(effect: Effect, measured: str, currency: str | None) -> str:
    size = (
        f"{number(abs(100 * effect.total), 2)} points of conversion"
        if measured == "conversion"
        else f"{money(abs(effect.total), currency)} of revenue per session"
    )
    key = "not known" if effect.key is None else effect.key
    return f"{GROUPS[effect.by].capitalize()} {key}: {MINUS if effect.total < 0 else '+'}{size}"
